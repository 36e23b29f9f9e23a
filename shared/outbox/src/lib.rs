#![doc = include_str!("../README.md")]

mod append;
mod metrics;
mod publisher;
mod wake;

pub use append::append;
pub use metrics::OutboxMetrics;
pub use publisher::Publisher;
pub use wake::Wake;
