//! How a commit wakes the publisher.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes the publisher of this process, cheap to clone. Wakes are not counted: one is as good as many.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// There may be rows: call it after a commit. Never blocks.
    pub fn notify(&self) {
        self.0.notify_one();
    }

    /// Waits for the next call of [`Wake::notify`], or returns at once if there was one since the last wait.
    pub(crate) async fn woken(&self) {
        self.0.notified().await;
    }
}
