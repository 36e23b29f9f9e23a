use std::time::Duration;

use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_millis(10);

/// Waits until the condition holds, asking again every 10 ms.
///
/// # Panics
/// With `what` when the deadline has passed: say what should have happened.
pub async fn wait_until(what: &str, deadline: Duration, mut condition: impl AsyncFnMut() -> bool) {
    wait_for(what, deadline, async || condition().await.then_some(())).await;
}

/// Waits until there is a value, asking again every 10 ms.
///
/// # Panics
/// With `what` when the deadline has passed: say what should have happened.
pub async fn wait_for<T>(what: &str, deadline: Duration, mut value: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(value) = value().await {
            return value;
        }
        assert!(Instant::now() < end, "not within {deadline:?}: {what}");
        sleep(POLL).await;
    }
}
