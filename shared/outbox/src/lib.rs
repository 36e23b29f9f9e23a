#![doc = include_str!("../README.md")]

mod append;
mod doorbell;
mod lanes;
mod lead;
mod metrics;
mod publisher;
mod status;
mod store;
mod wake;

pub use append::append;
pub use metrics::OutboxMetrics;
pub use publisher::Publisher;
pub use status::{Beat, OutboxStatus, TopicStatus, status};
pub use wake::Wake;
