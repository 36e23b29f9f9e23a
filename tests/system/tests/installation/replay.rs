//! Putting records on a topic again.

use kafka::{Producer, Received, Record};
use testkit::TestKafka;
use uuid::Uuid;

/// The same record, as it could be produced again.
pub fn again(record: Received) -> Record {
    Record {
        topic: record.topic,
        key: record.key,
        payload: record.payload,
        headers: record.headers,
        timestamp: record.timestamp,
    }
}

/// Produces records and waits until Kafka has them.
pub async fn produce(kafka: &TestKafka, records: Vec<Record>) {
    let producer = Producer::new(&kafka.config("test")).expect("a producer");
    for sent in producer.send_all(records).await {
        sent.expect("the record is persisted");
    }
}

/// The same record as another event: it comes behind in the same partition, so that its effect proves that everything
/// before it was read.
pub fn as_another_event(record: &Record) -> (Uuid, Record) {
    let id = Uuid::now_v7();
    let mut other = record.clone();
    for (name, value) in &mut other.headers {
        if name == "ce_id" {
            *value = id.to_string().into_bytes();
        }
    }
    (id, other)
}
