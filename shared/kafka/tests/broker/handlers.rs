//! Consumers whose handlers do what a test says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kafka::{
    ConsumerMetrics, ConsumerSpec, Handler, KafkaConfig, Later, Producer, Received, Record, Verdict, consume,
};
use prometheus::Registry;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub const TOPIC: &str = "signup.events";
pub const DEAD_LETTERS: &str = "notification.dead-letters";
pub const GROUP: &str = "readers";
/// Long: other tests may keep the machine and the broker busy meanwhile.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A handler made of a function.
pub struct Answers<F>(pub F);

impl<F> Handler for Answers<F>
where
    F: Fn(&[Received]) -> Result<Vec<Verdict>, Later> + Send + Sync + 'static,
{
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Later> {
        (self.0)(batch)
    }
}

/// What a handler has seen: one list of payloads a call.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Vec<String>>>>);

impl Seen {
    pub fn push(&self, batch: &[Received]) {
        self.0.lock().unwrap().push(batch.iter().map(payload).collect());
    }

    pub fn calls(&self) -> Vec<Vec<String>> {
        self.0.lock().unwrap().clone()
    }

    pub fn payloads(&self) -> Vec<String> {
        self.calls().concat()
    }

    pub fn has(&self, payload: &str) -> bool {
        self.payloads().iter().any(|seen| seen == payload)
    }
}

/// A handler to which all is done, and what it saw.
pub fn recorder() -> (Seen, impl Handler) {
    let seen = Seen::default();
    let handler = Answers({
        let seen = seen.clone();
        move |batch: &[Received]| {
            seen.push(batch);
            Ok(vec![Verdict::Done; batch.len()])
        }
    });
    (seen, handler)
}

pub fn payload(record: &Received) -> String {
    let payload = record.payload.clone().unwrap_or_default();
    String::from_utf8(payload).expect("tests send text")
}

pub fn record(key: &str, payload: &str) -> Record {
    Record {
        topic: TOPIC.to_owned(),
        key: Some(key.as_bytes().to_vec()),
        payload: Some(payload.as_bytes().to_vec()),
        headers: Vec::new(),
        timestamp: None,
    }
}

/// Produces records of one key, so of one partition, and waits until they are persisted.
pub async fn send(config: &KafkaConfig, payloads: &[&str]) {
    let producer = Producer::new(config).unwrap();
    let records = payloads.iter().map(|payload| record("key", payload)).collect();
    for result in producer.send_all(records).await {
        result.expect("the broker is there");
    }
}

/// A consumer that runs beside the test. Dropped, it is gone in the middle of whatever it did.
pub struct Running {
    pub registry: Registry,
    stop: CancellationToken,
    task: JoinSet<()>,
}

impl Running {
    pub fn start(config: KafkaConfig, batch: usize, handler: impl Handler) -> Self {
        let spec = ConsumerSpec {
            group: GROUP,
            topics: &[TOPIC],
            batch,
        };
        let registry = Registry::new();
        let metrics = ConsumerMetrics::register(&registry).unwrap();
        let stop = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(consume(config, spec, Arc::new(handler), metrics, stop.clone()));
        Self { registry, stop, task }
    }

    /// The value of a metric, summed over its labels.
    pub fn metric(&self, name: &str) -> f64 {
        let families = self.registry.gather();
        let family = families.iter().find(|family| family.name() == name);
        family.map_or(0.0, |family| {
            let values = family.get_metric().iter();
            values
                .map(|metric| metric.get_counter().get_value() + metric.get_gauge().get_value())
                .sum()
        })
    }

    pub async fn stop(mut self) {
        self.stop.cancel();
        self.task.join_next().await.unwrap().unwrap();
    }
}
