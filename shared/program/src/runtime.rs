use std::future::Future;

use settings::exit_code;

use crate::Failure;

/// Runs a command's work on a runtime of its own.
///
/// # Errors
/// What the work says, or that there can be no runtime.
pub fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(exit_code::UNAVAILABLE, error))?;
    runtime.block_on(work)
}
