//! Records out, and what became of each.

use std::fmt;
use std::time::Duration;

use futures_util::future::join_all;
use rdkafka::error::{KafkaError as Refusal, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _, PurgeConfig};

use crate::logs::Logs;
use crate::{KafkaConfig, KafkaError, Record, off_runtime};

/// Pause of a caller that finds the queue full. A batch of the outbox never does.
const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(10);

/// An idempotent producer whose records are acknowledged by all in-sync replicas.
pub struct Producer {
    config: KafkaConfig,
    client: Option<FutureProducer<Logs>>,
}

/// Why a record is not known to be persisted. It may be: a report can be lost on its way, so the record must be
/// produced again, and who consumes it must bear it twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not produced: {code}")]
pub struct ProduceError {
    code: RDKafkaErrorCode,
    fatal: bool,
}

impl ProduceError {
    /// Whether the producer is of no more use: make a new one.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// Whether no broker took the record in time.
    #[must_use]
    pub fn has_timed_out(&self) -> bool {
        self.code == RDKafkaErrorCode::MessageTimedOut
    }

    /// Whether the broker takes no record of this size, however often it is sent.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.code == RDKafkaErrorCode::MessageSizeTooLarge
    }
}

impl Producer {
    /// Makes a client, which connects by itself. No broker has to be there.
    ///
    /// # Errors
    /// [`KafkaError::Client`] if a setting is refused.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let logs = Logs {
            service: config.client_id,
        };
        let client = config.producer().create_with_context(logs);
        Ok(Self {
            config: config.clone(),
            client: Some(client.map_err(|error| KafkaError::client(&error))?),
        })
    }

    /// Produces in this order and awaits the report of each record, 15 s at most. `Ok` means persisted. Records with
    /// the same key keep their order, but for those that fail.
    ///
    /// Dropping the future does not take back what it has queued; [`Producer::purge`] does.
    pub async fn send_all(&self, records: Vec<Record>) -> Vec<Result<(), ProduceError>> {
        let mut reports = Vec::with_capacity(records.len());
        for record in records {
            reports.push(self.enqueue(&record).await);
        }
        join_all(reports.into_iter().map(|report| self.outcome(report))).await
    }

    /// Forgets what is queued and what is under way: its reports arrive at once, as failures.
    pub fn purge(&self) {
        if let Some(client) = &self.client {
            client.purge(PurgeConfig::default().queue().inflight());
        }
    }

    /// Sends what is left and lets the client go, within a deadline.
    pub async fn close(mut self, deadline: Duration) {
        let Some(client) = self.client.take() else { return };
        let flushed = off_runtime::run(deadline, move || client.flush(deadline).is_ok()).await;
        if flushed != Some(true) {
            tracing::warn!(
                service = self.config.client_id,
                "Kafka producer closed before all was sent"
            );
        }
    }

    async fn enqueue(&self, record: &Record) -> Result<DeliveryFuture, ProduceError> {
        let client = self
            .client
            .as_ref()
            .ok_or_else(|| self.error(&Refusal::Canceled))?;
        let topic = self.config.topic(&record.topic);
        loop {
            match client.send_result(native(&topic, record)) {
                Ok(report) => return Ok(report),
                Err((Refusal::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    tokio::time::sleep(QUEUE_FULL_PAUSE).await;
                }
                Err((refusal, _)) => return Err(self.error(&refusal)),
            }
        }
    }

    async fn outcome(&self, report: Result<DeliveryFuture, ProduceError>) -> Result<(), ProduceError> {
        match report?.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err((refusal, _))) => Err(self.error(&refusal)),
            Err(_) => Err(self.error(&Refusal::Canceled)),
        }
    }

    fn error(&self, refusal: &Refusal) -> ProduceError {
        let fatal = |client: &FutureProducer<Logs>| client.client().fatal_error().is_some();
        ProduceError {
            code: refusal.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail),
            fatal: self.client.as_ref().is_none_or(fatal),
        }
    }
}

fn native<'a>(topic: &'a str, record: &'a Record) -> FutureRecord<'a, [u8], [u8]> {
    let headers = record.headers.iter().fold(
        OwnedHeaders::new_with_capacity(record.headers.len()),
        |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: Some(value),
            })
        },
    );
    FutureRecord {
        topic,
        partition: None,
        payload: record.payload.as_deref(),
        key: record.key.as_deref(),
        timestamp: record.timestamp,
        headers: Some(headers),
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            off_runtime::let_go(client);
        }
    }
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
