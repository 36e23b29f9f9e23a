use std::collections::BTreeSet;

use contracts::topics;
use kafka::KafkaConfig;
use postgres::DatabaseConfig;
use sqlx::postgres::PgListener;
use testkit::{Fault, FaultProxy, ProxiedBroker, wait_until};

use crate::fixture::{DEADLINE, Outbox, Running, event, events, number};

#[tokio::test]
async fn of_two_publishers_one_is_active_and_each_event_goes_out_once() {
    let outbox = Outbox::new().await;
    let first = outbox.publisher();
    first.until_it_leads().await;
    let second = outbox.publisher();
    for number in 0..20 {
        outbox.append(&[event(number)]).await;
        second.wake.notify();
    }
    outbox.drained().await;
    assert!(first.leads() && !second.leads());
    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    let records = tail.wait_for("all events", |all| all.len() >= 20).await;
    assert!(records.iter().map(number).eq(0..20));
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn a_publisher_that_waits_rings_for_the_active_one() {
    let outbox = Outbox::new().await;
    let active = outbox.publisher();
    active.until_it_leads().await;
    let waiter = outbox.publisher();
    let mut listener = PgListener::connect(&outbox.database.url()).await.unwrap();
    listener.listen("leadstream_outbox").await.unwrap();
    waiter.wake.notify();
    let rung = tokio::time::timeout(DEADLINE, listener.recv()).await;
    rung.expect("a ring is heard").unwrap();
    active.stop().await;
    waiter.stop().await;
}

#[tokio::test]
async fn another_takes_over_when_the_active_publisher_stops() {
    let outbox = Outbox::new().await;
    let first = outbox.publisher();
    first.until_it_leads().await;
    let second = outbox.publisher();
    first.stop().await;
    outbox.append(&events(0..3)).await;
    outbox.drained().await;
    assert!(second.leads());
    second.stop().await;
}

/// The holder of the lock is cut off from Postgres in a way that the server cannot see, as a frozen process is.
/// Breaks on a build without the heartbeat: the lock would be held for ever.
#[tokio::test]
async fn another_takes_over_when_the_active_publisher_is_frozen() {
    let outbox = Outbox::new().await;
    let way = FaultProxy::start(outbox.database.upstream());
    let frozen = Running::start(
        DatabaseConfig {
            url: outbox.database.url_through(&way).into(),
            ..outbox.database.config("enquiry")
        },
        outbox.kafka.config("enquiry"),
    );
    frozen.until_it_leads().await;
    way.set(Fault::BlackHole).await;
    let waiter = outbox.publisher();
    outbox.append(&events(0..10)).await;
    waiter.until_it_leads().await;
    outbox.drained().await;

    way.set(Fault::Pass).await;
    wait_until(
        "the frozen one knows that it leads no more",
        DEADLINE,
        async || !frozen.leads(),
    )
    .await;
    assert!(waiter.leads());
    outbox.append(&events(10..20)).await;
    frozen.wake.notify();
    outbox.drained().await;
    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    let all = |records: &[kafka::Received]| records.iter().map(number).collect::<BTreeSet<_>>();
    tail.wait_for("all events", |records| all(records).into_iter().eq(0..20))
        .await;
    frozen.stop().await;
    waiter.stop().await;
}

/// A zombie still produces what it had read; all that comes of it are repeats.
#[tokio::test]
async fn a_publisher_that_lost_its_session_while_kafka_hung_loses_no_event() {
    let outbox = Outbox::new().await;
    let broker = ProxiedBroker::start(&outbox.kafka.bootstrap).await;
    let zombie = Running::start(
        outbox.database.config("enquiry"),
        KafkaConfig {
            bootstrap_servers: broker.bootstrap(),
            ..outbox.kafka.config("enquiry")
        },
    );
    outbox.append(&[event(0)]).await;
    outbox.drained().await;
    broker.faults.set(Fault::BlackHole).await;
    outbox.append(&events(1..10)).await;
    zombie.wake.notify();
    let healthy = outbox.publisher();
    end_the_session_that_leads(&outbox).await;
    wait_until("somebody leads", DEADLINE, async || {
        zombie.leads() || healthy.leads()
    })
    .await;
    broker.faults.set(Fault::Pass).await;
    outbox.drained().await;
    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    let all = |records: &[kafka::Received]| records.iter().map(number).collect::<BTreeSet<_>>();
    tail.wait_for("all events", |records| all(records).into_iter().eq(0..10))
        .await;
    zombie.stop().await;
    healthy.stop().await;
}

#[tokio::test]
async fn a_publisher_goes_on_after_its_session_was_ended() {
    let outbox = Outbox::new().await;
    let publisher = outbox.publisher();
    publisher.until_it_leads().await;
    end_the_session_that_leads(&outbox).await;
    outbox.append(&events(0..3)).await;
    outbox.drained().await;
    publisher.stop().await;
}

async fn end_the_session_that_leads(outbox: &Outbox) {
    let ended: Vec<bool> = sqlx::query_scalar(
        "select pg_terminate_backend(pid) from pg_locks join pg_database on oid = database
         where locktype = 'advisory' and datname = current_database()",
    )
    .fetch_all(outbox.database.pool())
    .await
    .unwrap();
    assert_eq!(ended, [true]);
}
