//! Every metric of the outbox; the README lists them.

use prometheus::{Gauge, IntCounter, IntGauge, Registry};

/// The metrics of a service's outbox, cheap to clone.
#[derive(Debug, Clone)]
pub struct OutboxMetrics {
    pub(crate) pending: IntGauge,
    pub(crate) oldest_unsent_age: Gauge,
    pub(crate) published: IntCounter,
    pub(crate) publish_failures: IntCounter,
    pub(crate) failing_topics: IntGauge,
    pub(crate) leader: IntGauge,
}

impl OutboxMetrics {
    /// Registers them. Once a registry.
    ///
    /// # Errors
    /// [`prometheus::Error`] if they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            pending: IntGauge::new("leadstream_outbox_pending", "Events not published yet")?,
            oldest_unsent_age: Gauge::new(
                "leadstream_outbox_oldest_unsent_age_seconds",
                "Age of the oldest event that was not published yet",
            )?,
            published: IntCounter::new("leadstream_outbox_published_total", "Events that Kafka persisted")?,
            publish_failures: IntCounter::new(
                "leadstream_outbox_publish_failures_total",
                "Events that could not be published and stay for another try",
            )?,
            failing_topics: IntGauge::new(
                "leadstream_outbox_failing_topics",
                "Topics whose last batch was not taken as a whole: they wait, the others go on",
            )?,
            leader: IntGauge::new("leadstream_outbox_leader", "1 while this process publishes")?,
        };
        registry.register(Box::new(metrics.pending.clone()))?;
        registry.register(Box::new(metrics.oldest_unsent_age.clone()))?;
        registry.register(Box::new(metrics.published.clone()))?;
        registry.register(Box::new(metrics.publish_failures.clone()))?;
        registry.register(Box::new(metrics.failing_topics.clone()))?;
        registry.register(Box::new(metrics.leader.clone()))?;
        Ok(metrics)
    }
}
