use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this process still wants new work. Turned off once, at the begin of a stop; load balancers see it
/// through `/readyz`.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    shutting_down: Arc<AtomicBool>,
}

impl Readiness {
    /// True from the begin of a stop on.
    pub fn is_shutting_down(&self) -> bool {
        self.shutting_down.load(Ordering::Acquire)
    }

    pub(crate) fn turn_off(&self) {
        self.shutting_down.store(true, Ordering::Release);
    }
}
