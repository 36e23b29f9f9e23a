//! Putting records on a topic again.

use kafka::{Producer, Received, Record};
use testkit::TestKafka;

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
