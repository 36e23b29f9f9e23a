//! Every metric of the outbox.

use prometheus::{IntGauge, Registry};

/// The metrics of a service's outbox, cheap to clone.
#[derive(Debug, Clone)]
pub struct OutboxMetrics {
    pub(crate) pending: IntGauge,
}

impl OutboxMetrics {
    /// Registers them. Once a registry.
    ///
    /// # Errors
    /// [`prometheus::Error`] if they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let pending = IntGauge::new("leadstream_outbox_pending", "Events not published yet")?;
        registry.register(Box::new(pending.clone()))?;
        Ok(Self { pending })
    }
}
