use contracts::{Event, PersonId};
use outbox::append;
use sqlx::{Connection, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::fixture::{event, events};

#[tokio::test]
async fn an_event_becomes_a_row_with_all_that_it_says() {
    let database = testkit::database("enquiry").await;
    let full = Event {
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        person: Some(PersonId(Uuid::now_v7())),
        ..event(1)
    };
    let tombstone = Event {
        payload: None,
        ..event(2)
    };
    let mut connection = database.connection().await;
    append(&mut connection, &[full.clone(), tombstone]).await.unwrap();

    let rows = sqlx::query("select * from outbox order by seq")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let row = &rows[0];
    assert_eq!(row.get::<Uuid, _>("event_id"), full.id);
    assert_eq!(row.get::<String, _>("topic"), full.topic);
    assert_eq!(row.get::<String, _>("key"), full.key);
    assert_eq!(row.get::<String, _>("event_type"), full.event_type);
    assert_eq!(row.get::<OffsetDateTime, _>("event_time"), full.time);
    assert_eq!(row.get::<String, _>("content_type"), full.content_type);
    assert_eq!(row.get::<Option<String>, _>("traceparent"), full.traceparent);
    assert_eq!(
        row.get::<Option<Uuid>, _>("person_id"),
        full.person.map(|person| person.0)
    );
    assert_eq!(row.get::<Option<Vec<u8>>, _>("payload"), full.payload);
    assert_eq!(rows[1].get::<Option<Vec<u8>>, _>("payload"), None);
}

#[tokio::test]
async fn rows_have_the_order_of_the_events() {
    let database = testkit::database("enquiry").await;
    let mut connection = database.connection().await;
    let appended = events(0..1000);
    append(&mut connection, &appended).await.unwrap();
    let ids: Vec<Uuid> = sqlx::query_scalar("select event_id from outbox order by seq")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(ids, appended.iter().map(|event| event.id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_leaves_no_event() {
    let database = testkit::database("enquiry").await;
    let mut connection = database.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    append(&mut transaction, &events(0..3)).await.unwrap();
    append(&mut transaction, &[]).await.unwrap();
    transaction.rollback().await.unwrap();
    let count: i64 = sqlx::query_scalar("select count(*) from outbox")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(count, 0);
}
