#![doc = include_str!("../README.md")]

mod append;
mod doorbell;
mod lanes;
mod lead;
mod metrics;
mod publisher;
mod store;
mod wake;

pub use append::append;
pub use metrics::OutboxMetrics;
pub use publisher::Publisher;
pub use wake::Wake;
