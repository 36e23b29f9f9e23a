//! Who publishes, and when. What is published is in `lead`.

use std::sync::Arc;
use std::time::Duration;

use contracts::Source;
use kafka::{KafkaConfig, KafkaError, Producer};
use postgres::{DatabaseConfig, PostgresError, connect, connect_options};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::lead::Lead;
use crate::store::{self, StoreError};
use crate::{OutboxMetrics, Wake};

/// A waiter asks for the lock this often, and the holder beats as often.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// Until a session that was ended has let go of its lock.
const AFTER_DEPOSING: Duration = Duration::from_millis(100);
/// A waiter rings at most this often.
const RING_PAUSE: Duration = Duration::from_millis(20);
const FIRST_RECONNECT_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_RECONNECT_PAUSE: Duration = Duration::from_secs(2);
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// Moves the rows of a service's outbox to Kafka. Every replica runs one; one of them is active.
#[derive(Debug)]
pub struct Publisher {
    pub(crate) database: DatabaseConfig,
    pub(crate) kafka: KafkaConfig,
    pub(crate) source: Source,
    pub(crate) metrics: OutboxMetrics,
    pub(crate) wake: Wake,
}

/// Why a session with the database ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ended {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Connect(#[from] PostgresError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
}

impl Publisher {
    /// A publisher that does nothing before [`Publisher::run`].
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

    /// Publishes until `stop`, then brings the batch under way to its end, within 2 s. Needs neither Postgres nor
    /// Kafka to be there, at the start or later.
    pub async fn run(self, stop: CancellationToken) {
        // Made before it is needed: its first contact with a broker takes about a second.
        let mut producer = Producer::new(&self.kafka).ok().map(Arc::new);
        let mut pause = FIRST_RECONNECT_PAUSE;
        while !stop.is_cancelled() {
            let begun = Instant::now();
            let ended = self.session(&mut producer, &stop).await;
            self.metrics.leader.set(0);
            self.metrics.failing_topics.set(0);
            let Err(ended) = ended else { break };
            tracing::warn!(service = self.database.service, error = %ended, "the publisher lost its session");
            pause = if begun.elapsed() > LONGEST_RECONNECT_PAUSE {
                FIRST_RECONNECT_PAUSE
            } else {
                (pause * 2).min(LONGEST_RECONNECT_PAUSE)
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
        if let Some(producer) = producer.and_then(Arc::into_inner) {
            producer.close(CLOSE_DEADLINE).await;
        }
    }

    /// One connection: waits for the lock, then publishes. `Ok` when stopped.
    async fn session(
        &self,
        producer: &mut Option<Arc<Producer>>,
        stop: &CancellationToken,
    ) -> Result<(), Ended> {
        let mut connection = connect(&self.options()?).await?;
        if self.wait_to_lead(&mut connection, stop).await? {
            self.metrics.leader.set(1);
            tracing::info!(service = self.database.service, "this process publishes now");
            Lead::new(self, &mut connection, producer).run(stop).await?;
        }
        // Gives the lock back at once; a session that just breaks off would be noticed by the server as well.
        if let Err(error) = connection.close().await {
            tracing::debug!(service = self.database.service, %error, "the publisher's connection was not closed");
        }
        Ok(())
    }

    /// Waits until this process is the one that publishes; `false` when stopped before. Rings for the one that does.
    async fn wait_to_lead(
        &self,
        connection: &mut PgConnection,
        stop: &CancellationToken,
    ) -> Result<bool, Ended> {
        let holder = format!("{}/{}", self.database.service, Uuid::now_v7());
        let mut attempt = interval_at(Instant::now(), BEAT);
        attempt.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(false),
                _ = attempt.tick() => {
                    if store::try_to_lead(connection, &holder).await? {
                        return Ok(true);
                    }
                    if store::depose(connection).await? {
                        tracing::warn!(service = self.database.service, "ended a publisher that had stopped beating");
                        attempt.reset_after(AFTER_DEPOSING);
                    }
                    self.measure(connection).await?;
                }
                () = self.wake.woken() => {
                    store::ring(connection).await?;
                    tokio::time::sleep(RING_PAUSE).await;
                }
            }
        }
    }

    /// Sets the gauges of the backlog. A server that refuses to count is no reason to stop publishing.
    pub(crate) async fn measure(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        match store::backlog(connection).await {
            Ok((pending, oldest)) => {
                self.metrics.pending.set(pending);
                self.metrics.oldest_unsent_age.set(oldest);
            }
            Err(StoreError::Postgres(sqlx::Error::Database(error))) => {
                tracing::warn!(service = self.database.service, %error, "the outbox was not measured");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Its commits need not wait for the disk: a row that is deleted and comes back is published twice, which is allowed.
    pub(crate) fn options(&self) -> Result<PgConnectOptions, PostgresError> {
        Ok(connect_options(&self.database)?
            .application_name(&format!("leadstream-{}-publisher", self.database.service))
            .options([("synchronous_commit", "off")]))
    }
}
