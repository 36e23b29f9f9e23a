//! The load generator: raw HTTP/1.1 over kept connections, on one thread, so that it takes little from the two cores
//! that it shares with what it measures.

mod closed;
mod connection;
mod open;
mod tally;

pub use closed::{ClosedLoop, closed};
pub use open::{OpenLoop, open};
pub use tally::Tally;

use std::future::Future;

use crate::error::BenchError;

/// Runs a generator on a thread and a runtime of its own.
async fn on_own_thread<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Result<T, BenchError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, BenchError>>,
{
    let thread = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(work())
    });
    thread.await.map_err(|_| BenchError::Died("the load generator"))?
}
