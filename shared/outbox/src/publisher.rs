//! Moves rows to Kafka.

use contracts::Source;
use kafka::KafkaConfig;
use postgres::DatabaseConfig;
use tokio_util::sync::CancellationToken;

use crate::{OutboxMetrics, Wake};

/// Moves the rows of a service's outbox to Kafka.
#[derive(Debug)]
pub struct Publisher {
    database: DatabaseConfig,
    kafka: KafkaConfig,
    source: Source,
    metrics: OutboxMetrics,
    wake: Wake,
}

impl Publisher {
    /// A publisher that does nothing yet.
    #[must_use]
    pub fn new(
        database: DatabaseConfig,
        kafka: KafkaConfig,
        source: Source,
        metrics: OutboxMetrics,
        wake: Wake,
    ) -> Self {
        Self {
            database,
            kafka,
            source,
            metrics,
            wake,
        }
    }

    /// Publishes until `stop`. Needs neither Postgres nor Kafka to be there when it starts.
    pub async fn run(self, stop: CancellationToken) {
        let _ = (&self.database, &self.kafka, self.source, &self.metrics.pending);
        self.wake.woken().await;
        stop.cancelled().await;
    }
}
