//! Clients of librdkafka wait for their threads when they are dropped, and ask brokers with blocking calls. Both
//! happen on threads of their own, so that they never hold up the runtime.

use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// Runs blocking work on a thread of its own and waits for its end, but not longer than `deadline`; the work goes on
/// after that, with nobody waiting.
pub(crate) async fn run<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, ended) = oneshot::channel();
    let thread = thread::Builder::new().name("kafka-blocking".to_owned());
    // A receiver that has given up does not want the result.
    thread.spawn(move || drop(done.send(work()))).ok()?;
    tokio::time::timeout(deadline, ended).await.ok()?.ok()
}

/// Drops a client on a thread of its own.
pub(crate) fn let_go<T: Send + 'static>(client: T) {
    let thread = thread::Builder::new().name("kafka-drop".to_owned());
    if thread.spawn(move || drop(client)).is_err() {
        tracing::warn!("no thread to close a Kafka client on");
    }
}
