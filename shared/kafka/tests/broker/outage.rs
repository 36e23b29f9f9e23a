use std::time::Duration;

use kafka::{KafkaConfig, Producer};
use testkit::{Fault, ProxiedBroker, TestKafka, wait_until};

use crate::handlers::{DEADLINE, Running, TOPIC, record, recorder, send};

/// A broker whose network a test can break, and the settings to reach it.
async fn proxied(kafka: &TestKafka) -> (ProxiedBroker, KafkaConfig) {
    let broker = ProxiedBroker::start(&kafka.bootstrap).await;
    let config = KafkaConfig {
        bootstrap_servers: broker.bootstrap(),
        ..kafka.config("signup")
    };
    (broker, config)
}

#[tokio::test]
async fn records_wait_for_a_broker_that_is_away() {
    let kafka = testkit::kafka().await;
    let (broker, config) = proxied(&kafka).await;
    broker.faults.set(Fault::Refuse).await;
    let producer = Producer::new(&config).unwrap();
    let back = async {
        tokio::task::yield_now().await;
        broker.faults.set(Fault::Pass).await;
    };
    let (results, ()) = tokio::join!(producer.send_all(vec![record("key", "a")]), back);
    assert_eq!(results, [Ok(())]);
}

#[tokio::test]
async fn a_purge_ends_the_wait_for_a_broker_that_hangs() {
    let kafka = testkit::kafka().await;
    let (broker, config) = proxied(&kafka).await;
    let producer = Producer::new(&config).unwrap();
    assert_eq!(producer.send_all(vec![record("key", "a")]).await, [Ok(())]);
    broker.faults.set(Fault::BlackHole).await;
    let mut results = std::pin::pin!(producer.send_all(vec![record("key", "b")]));
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut results).await;
    assert!(waited.is_err(), "nobody can have reported: {waited:?}");
    producer.purge();
    let results = tokio::time::timeout(Duration::from_secs(10), results).await;
    assert!(results.expect("a purge reports at once")[0].is_err());
}

#[tokio::test]
async fn a_producer_goes_on_after_a_broker_that_hung() {
    let kafka = testkit::kafka().await;
    let (broker, config) = proxied(&kafka).await;
    let producer = Producer::new(&config).unwrap();
    assert_eq!(producer.send_all(vec![record("key", "a")]).await, [Ok(())]);
    broker.faults.set(Fault::BlackHole).await;
    let results = producer.send_all(vec![record("key", "b")]).await;
    let error = results[0].clone().unwrap_err();
    assert!(!error.is_fatal(), "{error}");
    broker.faults.set(Fault::Pass).await;
    assert_eq!(producer.send_all(vec![record("key", "c")]).await, [Ok(())]);
}

#[tokio::test]
async fn a_consumer_goes_on_when_its_broker_is_back() {
    let kafka = testkit::kafka().await;
    let (broker, config) = proxied(&kafka).await;
    broker.faults.set(Fault::Refuse).await;
    let (seen, handler) = recorder();
    let consumer = Running::start(config, 10, handler);
    send(&kafka.config("signup"), &["a"]).await;
    broker.faults.set(Fault::Pass).await;
    wait_until("the first record is handled", DEADLINE, async || seen.has("a")).await;

    broker.faults.set(Fault::Refuse).await;
    send(&kafka.config("signup"), &["b"]).await;
    broker.faults.set(Fault::Pass).await;
    wait_until("the second record is handled", DEADLINE, async || seen.has("b")).await;

    broker.faults.set(Fault::BlackHole).await;
    send(&kafka.config("signup"), &["c"]).await;
    broker.faults.set(Fault::Pass).await;
    wait_until("the third record is handled", DEADLINE, async || seen.has("c")).await;
    consumer.stop().await;
}

#[tokio::test]
async fn a_consumer_waits_for_a_topic_that_is_not_there_yet() {
    let kafka = testkit::kafka().await;
    delete_topic(&kafka).await;
    let (seen, handler) = recorder();
    let consumer = Running::start(kafka.config("notification"), 10, handler);
    make_topic(&kafka).await;
    send(&kafka.config("signup"), &["a"]).await;
    wait_until("the record is handled", DEADLINE, async || seen.has("a")).await;
    consumer.stop().await;
}

/// The log that was lost may come back shorter than what was read of it.
#[tokio::test]
async fn consumer_and_producer_go_on_when_their_topic_was_deleted_and_made_anew() {
    let kafka = testkit::kafka().await;
    let config = kafka.config("signup");
    let producer = Producer::new(&config).unwrap();
    let (seen, handler) = recorder();
    let consumer = Running::start(kafka.config("notification"), 10, handler);
    let old = ["a", "b", "c"].map(|payload| record("key", payload)).to_vec();
    assert_eq!(producer.send_all(old).await, [Ok(()), Ok(()), Ok(())]);
    wait_until("the old records are handled", DEADLINE, async || seen.has("c")).await;

    delete_topic(&kafka).await;
    make_topic(&kafka).await;
    // One that is reported as failed may be on the topic all the same: each has a name of its own.
    let mut tries = 0;
    wait_until("the producer goes on", DEADLINE, async || {
        tries += 1;
        let next = record("key", &format!("d{tries}"));
        producer.send_all(vec![next]).await[0].is_ok()
    })
    .await;
    let last = format!("d{tries}");
    wait_until("the consumer goes on", DEADLINE, async || seen.has(&last)).await;
    consumer.stop().await;

    send(&config, &["e"]).await;
    let (seen, handler) = recorder();
    let consumer = Running::start(kafka.config("notification"), 10, handler);
    wait_until("the next record is handled", DEADLINE, async || seen.has("e")).await;
    assert_eq!(
        seen.payloads(),
        ["e"],
        "offsets of the new log are committed, though lower"
    );
    consumer.stop().await;
}

async fn delete_topic(kafka: &TestKafka) {
    let config = kafka.config("signup");
    kafka::delete_topics(&config, |name| name == TOPIC).await.unwrap();
    let missing = async || {
        kafka::check_topics(&config, &contracts::topics::all())
            .await
            .unwrap()
    };
    wait_until("the topic is gone", DEADLINE, async || missing().await == [TOPIC]).await;
}

/// A broker takes a moment to forget a topic of the same name.
async fn make_topic(kafka: &TestKafka) {
    let spec = contracts::topics::all()
        .into_iter()
        .filter(|topic| topic.name == TOPIC)
        .map(|topic| contracts::topics::TopicSpec {
            partitions: 2,
            ..topic
        })
        .collect::<Vec<_>>();
    let config = kafka.config("signup");
    wait_until("the topic can be made again", DEADLINE, async || {
        kafka::create_topics(&config, &spec).await.is_ok()
            && kafka::check_topics(&config, &spec)
                .await
                .is_ok_and(|missing| missing.is_empty())
    })
    .await;
}
