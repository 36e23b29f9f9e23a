use std::io;
use tokio::signal::unix::{SignalKind, signal as stream};

/// Completes at the next SIGINT or SIGTERM and says which it was. From the first call on, neither ends the process
/// by itself any more.
///
/// # Errors
/// The handlers cannot be installed.
pub async fn signal() -> io::Result<&'static str> {
    let mut interrupt = stream(SignalKind::interrupt())?;
    let mut terminate = stream(SignalKind::terminate())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    })
}
