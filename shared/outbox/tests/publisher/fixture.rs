//! An outbox of one test: a database, topics, and publishers that run beside the test.

use std::time::Duration;

use contracts::{Event, Source, topics};
use kafka::{KafkaConfig, Received};
use outbox::{OutboxMetrics, Publisher, Wake, append};
use postgres::DatabaseConfig;
use prometheus::Registry;
use sqlx::Connection;
use testkit::{TestDatabase, TestKafka, wait_until};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub const DEADLINE: Duration = Duration::from_secs(60);

pub struct Outbox {
    pub database: TestDatabase,
    pub kafka: TestKafka,
}

impl Outbox {
    pub async fn new() -> Self {
        Self {
            database: testkit::database("enquiry").await,
            kafka: testkit::kafka().await,
        }
    }

    pub fn publisher(&self) -> Running {
        Running::start(self.database.config("enquiry"), self.kafka.config("enquiry"))
    }

    /// Appends events in one transaction, as a service does.
    pub async fn append(&self, events: &[Event]) {
        let mut connection = self.database.connection().await;
        let mut transaction = connection.begin().await.unwrap();
        append(&mut transaction, events).await.unwrap();
        transaction.commit().await.unwrap();
    }

    pub async fn pending(&self) -> i64 {
        let count = sqlx::query_scalar("select count(*) from outbox");
        count.fetch_one(self.database.pool()).await.unwrap()
    }

    pub async fn drained(&self) {
        wait_until("the outbox is empty", DEADLINE, async || {
            self.pending().await == 0
        })
        .await;
    }
}

/// An event of one key, so of one partition, whose data is a number.
pub fn event(number: usize) -> Event {
    Event {
        id: Uuid::now_v7(),
        source: Source::Enquiry,
        event_type: "leadstream.enquiry.tested.v1".to_owned(),
        time: OffsetDateTime::UNIX_EPOCH,
        topic: topics::ENQUIRY_EVENTS.to_owned(),
        key: "key".to_owned(),
        content_type: "application/json".to_owned(),
        traceparent: None,
        person: None,
        payload: Some(number.to_string().into_bytes()),
    }
}

pub fn events(range: std::ops::Range<usize>) -> Vec<Event> {
    range.map(event).collect()
}

pub fn number(record: &Received) -> usize {
    let payload = record.payload.as_deref().unwrap_or_default();
    std::str::from_utf8(payload).unwrap().parse().unwrap()
}

/// A publisher that runs beside the test. Dropped, it is gone in the middle of whatever it did.
pub struct Running {
    pub wake: Wake,
    registry: Registry,
    stop: CancellationToken,
    task: JoinSet<()>,
}

impl Running {
    pub fn start(database: DatabaseConfig, kafka: KafkaConfig) -> Self {
        let registry = Registry::new();
        let metrics = OutboxMetrics::register(&registry).unwrap();
        let (wake, stop) = (Wake::default(), CancellationToken::new());
        let publisher = Publisher::new(database, kafka, Source::Enquiry, metrics, wake.clone());
        let mut task = JoinSet::new();
        task.spawn(publisher.run(stop.clone()));
        Self {
            wake,
            registry,
            stop,
            task,
        }
    }

    pub fn metric(&self, name: &str) -> f64 {
        let families = self.registry.gather();
        let family = families.iter().find(|family| family.name() == name).unwrap();
        let metric = &family.get_metric()[0];
        metric.get_counter().get_value() + metric.get_gauge().get_value()
    }

    pub fn leads(&self) -> bool {
        self.metric("leadstream_outbox_leader") == 1.0
    }

    pub async fn until_it_leads(&self) {
        wait_until("the publisher leads", DEADLINE, async || self.leads()).await;
    }

    pub async fn stop(mut self) {
        self.stop.cancel();
        let stopped = tokio::time::timeout(Duration::from_secs(10), self.task.join_next()).await;
        stopped.expect("a publisher stops soon").unwrap().unwrap();
    }
}
