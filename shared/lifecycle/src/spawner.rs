use std::future::Future;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Starts short tasks on the main runtime from anywhere, also from actix's workers. They outlive the request that
/// started them (a client that hangs up stops nothing half-way) and a stop waits for them.
#[derive(Debug, Clone)]
pub struct Spawner {
    runtime: Handle,
    tracker: TaskTracker,
}

impl Spawner {
    pub(crate) fn new(runtime: Handle) -> Spawner {
        Spawner {
            runtime,
            tracker: TaskTracker::new(),
        }
    }

    /// Runs `task` in the caller's tracing span, so that its log lines keep the trace id. A panic in it comes back
    /// as the handle's error and ends nothing else.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tracker.spawn_on(task.in_current_span(), &self.runtime)
    }

    /// Tasks under way.
    pub fn running(&self) -> usize {
        self.tracker.len()
    }

    pub(crate) async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
