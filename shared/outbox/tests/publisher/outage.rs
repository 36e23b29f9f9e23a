use std::collections::BTreeSet;

use contracts::Event;
use contracts::topics::{self, TopicSpec};
use kafka::{KafkaConfig, Received, create_topics};
use postgres::DatabaseConfig;
use testkit::{Fault, FaultProxy, ProxiedBroker, wait_until};

use crate::fixture::{DEADLINE, Outbox, Running, events, number};

/// A publisher whose way to Kafka a test can break.
async fn behind_a_proxy(outbox: &Outbox) -> (ProxiedBroker, Running) {
    let broker = ProxiedBroker::start(&outbox.kafka.bootstrap).await;
    let kafka = KafkaConfig {
        bootstrap_servers: broker.bootstrap(),
        ..outbox.kafka.config("enquiry")
    };
    let publisher = Running::start(outbox.database.config("enquiry"), kafka);
    (broker, publisher)
}

fn numbers(records: &[Received]) -> BTreeSet<usize> {
    records.iter().map(number).collect()
}

async fn all_arrived(outbox: &Outbox, range: std::ops::Range<usize>) {
    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    tail.wait_for("all events", |records| {
        numbers(records).into_iter().eq(range.clone())
    })
    .await;
}

#[tokio::test]
async fn the_backlog_drains_when_a_broker_that_was_away_is_back() {
    let outbox = Outbox::new().await;
    let (broker, publisher) = behind_a_proxy(&outbox).await;
    broker.faults.set(Fault::Refuse).await;
    outbox.append(&events(0..1500)).await;
    publisher.wake.notify();
    wait_until("the backlog is seen", DEADLINE, async || {
        publisher.metric("leadstream_outbox_pending") == 1500.0
            && publisher.metric("leadstream_outbox_oldest_unsent_age_seconds") > 0.0
    })
    .await;
    assert_eq!(outbox.pending().await, 1500);
    broker.faults.set(Fault::Pass).await;
    outbox.drained().await;
    all_arrived(&outbox, 0..1500).await;
    wait_until("no backlog is seen", DEADLINE, async || {
        publisher.metric("leadstream_outbox_pending") == 0.0
    })
    .await;
    publisher.stop().await;
}

/// Breaks on a build that deletes a row before its report has come.
#[tokio::test]
async fn nothing_is_lost_when_a_broker_hangs_and_comes_back() {
    let outbox = Outbox::new().await;
    let (broker, publisher) = behind_a_proxy(&outbox).await;
    outbox.append(&events(0..5)).await;
    outbox.drained().await;
    broker.faults.set(Fault::BlackHole).await;
    outbox.append(&events(5..50)).await;
    publisher.wake.notify();
    wait_until("the publisher has given up a try", DEADLINE, async || {
        publisher.metric("leadstream_outbox_publish_failures_total") > 0.0
    })
    .await;
    assert_eq!(outbox.pending().await, 45);
    assert!(publisher.leads(), "it beats while Kafka hangs");
    broker.faults.set(Fault::Pass).await;
    outbox.drained().await;
    all_arrived(&outbox, 0..50).await;
    publisher.stop().await;
}

/// The rows of a person who was erased meanwhile: gone from the table, though not from what is under way.
#[tokio::test]
async fn rows_that_vanish_while_they_are_under_way_do_no_harm() {
    let outbox = Outbox::new().await;
    let (broker, publisher) = behind_a_proxy(&outbox).await;
    publisher.until_it_leads().await;
    broker.faults.set(Fault::BlackHole).await;
    outbox.append(&events(0..5)).await;
    publisher.wake.notify();
    let erase = sqlx::query("delete from outbox where payload < '\\x33'");
    erase.execute(outbox.database.pool()).await.unwrap();
    broker.faults.set(Fault::Pass).await;
    outbox.drained().await;
    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    tail.wait_for("the other events", |records| {
        numbers(records).is_superset(&BTreeSet::from([3, 4]))
    })
    .await;
    publisher.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_broker_that_hangs_and_keeps_the_rows() {
    let outbox = Outbox::new().await;
    let (broker, publisher) = behind_a_proxy(&outbox).await;
    publisher.until_it_leads().await;
    broker.faults.set(Fault::BlackHole).await;
    outbox.append(&events(0..5)).await;
    publisher.wake.notify();
    publisher.stop().await;
    assert_eq!(outbox.pending().await, 5);
}

#[tokio::test]
async fn a_publisher_starts_without_postgres_and_goes_on_when_it_is_there() {
    let outbox = Outbox::new().await;
    outbox.append(&events(0..5)).await;
    let way = FaultProxy::start(outbox.database.upstream());
    way.set(Fault::Refuse).await;
    let database = DatabaseConfig {
        url: outbox.database.url_through(&way).into(),
        ..outbox.database.config("enquiry")
    };
    let publisher = Running::start(database, outbox.kafka.config("enquiry"));
    way.set(Fault::Pass).await;
    outbox.drained().await;
    way.set(Fault::Refuse).await;
    wait_until("the publisher has noticed", DEADLINE, async || !publisher.leads()).await;
    outbox.append(&events(5..10)).await;
    way.set(Fault::Pass).await;
    outbox.drained().await;
    publisher.stop().await;
}

/// Breaks on a build whose next batch always begins with the lowest row, whatever its topic.
#[tokio::test]
async fn a_topic_that_kafka_does_not_take_holds_up_no_other_and_goes_out_when_it_does() {
    const LATER: &str = "made.later";
    let outbox = Outbox::new().await;
    let publisher = outbox.publisher();
    let of_later = |event| Event {
        topic: LATER.to_owned(),
        ..event
    };
    let blocked: Vec<Event> = events(0..1200).into_iter().map(of_later).collect();
    outbox.append(&blocked).await;
    outbox.append(&events(0..5)).await;
    publisher.wake.notify();

    all_arrived(&outbox, 0..5).await;
    wait_until("only the blocked ones wait", DEADLINE, async || {
        outbox.pending().await == 1200
    })
    .await;
    wait_until("its topic is seen to fail", DEADLINE, async || {
        publisher.metric("leadstream_outbox_failing_topics") == 1.0
    })
    .await;
    assert!(publisher.leads());

    let made = TopicSpec {
        name: LATER.to_owned(),
        ..topics::all().remove(0)
    };
    let config = outbox.kafka.config("enquiry");
    create_topics(&config, &[made])
        .await
        .expect("the broker makes it");
    outbox.drained().await;
    let records = outbox
        .kafka
        .tail(LATER)
        .wait_for("all of them", |all| all.len() >= 1200)
        .await;
    assert_eq!(numbers(&records), (0..1200).collect());
    publisher.stop().await;
}
