use contracts::{Event, EventHeaders, Source, topics};
use outbox::append;
use sqlx::Connection;
use uuid::Uuid;

use crate::fixture::{Outbox, event, events, number};

#[tokio::test]
async fn rows_are_published_in_order_and_deleted() {
    let outbox = Outbox::new().await;
    outbox.append(&events(0..2500)).await;
    let publisher = outbox.publisher();
    outbox.drained().await;
    outbox.append(&events(2500..2510)).await;
    publisher.wake.notify();
    outbox.drained().await;

    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    let records = tail.wait_for("all events", |all| all.len() >= 2510).await;
    assert!(records.iter().map(number).eq(0..2510));
    assert_eq!(publisher.metric("leadstream_outbox_published_total"), 2510.0);
    assert_eq!(publisher.metric("leadstream_outbox_publish_failures_total"), 0.0);
    publisher.stop().await;
}

#[tokio::test]
async fn a_record_has_the_headers_of_its_event_and_nothing_of_whom_it_is_about() {
    let outbox = Outbox::new().await;
    let person = Uuid::now_v7();
    let sent = Event {
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        ..event(7).about(contracts::PersonId(person))
    };
    outbox.append(std::slice::from_ref(&sent)).await;
    let publisher = outbox.publisher();

    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    let record = tail.wait_for("the event", |all| !all.is_empty()).await.remove(0);
    assert_eq!(
        (&record.key, &record.payload),
        (&Some(b"key".to_vec()), &sent.payload)
    );
    let headers = EventHeaders::parse(&record.headers).unwrap();
    assert_eq!(headers.id, sent.id);
    assert_eq!(headers.source, Source::Enquiry);
    assert_eq!((headers.event_type, headers.time), (sent.event_type, sent.time));
    assert_eq!(headers.traceparent, sent.traceparent);
    let values = record
        .headers
        .iter()
        .map(|(_, value)| String::from_utf8_lossy(value));
    assert!(
        values
            .into_iter()
            .all(|value| !value.contains(&person.to_string()))
    );
    publisher.stop().await;
}

/// More than a batch may hold in bytes, though few rows: the chunks of a file.
#[tokio::test]
async fn large_payloads_are_published_in_several_batches() {
    let outbox = Outbox::new().await;
    let chunk = |number: usize| Event {
        topic: topics::OFFER_VERSIONS.to_owned(),
        key: format!("file/{number}"),
        payload: Some(vec![u8::try_from(number).unwrap(); 512 * 1024]),
        ..event(number)
    };
    outbox.append(&(0..20).map(chunk).collect::<Vec<_>>()).await;
    let publisher = outbox.publisher();
    outbox.drained().await;
    let tail = outbox.kafka.tail(topics::OFFER_VERSIONS);
    let records = tail.wait_for("all chunks", |all| all.len() >= 20).await;
    let first_bytes = records
        .iter()
        .map(|record| usize::from(record.payload.as_ref().unwrap()[0]));
    assert!(first_bytes.eq(0..20));
    publisher.stop().await;
}

/// Breaks on a build that remembers how far it has come: the number of a row is older than its commit.
#[tokio::test]
async fn a_row_that_is_committed_late_is_published_too() {
    let outbox = Outbox::new().await;
    let mut connection = outbox.database.connection().await;
    let mut late = connection.begin().await.unwrap();
    append(&mut late, &[event(0)]).await.unwrap();
    outbox.append(&[event(1)]).await;
    let publisher = outbox.publisher();
    outbox.drained().await;
    late.commit().await.unwrap();
    publisher.wake.notify();

    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    let records = tail.wait_for("both events", |all| all.len() >= 2).await;
    assert!(records.iter().map(number).eq([1, 0]));
    publisher.stop().await;
}

/// An event for a topic that no broker will take must not keep the others back.
#[tokio::test]
async fn an_event_that_cannot_be_published_stays_and_the_others_go() {
    let outbox = Outbox::new().await;
    let misfit = Event {
        topic: "no.such.topic".to_owned(),
        ..event(0)
    };
    outbox.append(&[misfit, event(1), event(2)]).await;
    let publisher = outbox.publisher();
    let tail = outbox.kafka.tail(topics::ENQUIRY_EVENTS);
    let records = tail.wait_for("the other events", |all| all.len() >= 2).await;
    assert!(records.iter().map(number).eq([1, 2]));
    testkit::wait_until("only the misfit is left", crate::fixture::DEADLINE, async || {
        outbox.pending().await == 1 && publisher.metric("leadstream_outbox_publish_failures_total") > 0.0
    })
    .await;
    publisher.stop().await;
}
