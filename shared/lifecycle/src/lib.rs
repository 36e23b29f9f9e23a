//! How a process starts, watches and stops its tasks. The order of a stop is told in README.md.

mod backoff;
mod readiness;
mod repeat;
mod signals;
mod spawner;
mod supervisor;

pub use backoff::Backoff;
pub use readiness::Readiness;
pub use repeat::{every, keep_going};
pub use signals::Signals;
pub use spawner::Spawner;
pub use supervisor::Supervisor;
pub use tokio_util::sync::CancellationToken;
