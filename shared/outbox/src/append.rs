//! The way in: events become rows of the caller's transaction.

use contracts::Event;
use sqlx::PgConnection;

/// Appends events, in this order, to the transaction that the connection is in. Call [`crate::Wake::notify`] after its commit.
///
/// # Errors
/// What Postgres says; the caller's transaction is lost then, as with any other statement of it.
pub async fn append(connection: &mut PgConnection, events: &[Event]) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into outbox (event_id, topic, key, event_type, event_time, content_type, traceparent, person_id, payload)
         select event_id, topic, key, event_type, event_time, content_type, traceparent, person_id, payload
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::uuid[], $9::bytea[])
              with ordinality as event (event_id, topic, key, event_type, event_time, content_type, traceparent, person_id, payload, place)
         order by place",
    )
    .bind(events.iter().map(|event| event.id).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.topic.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.key.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.time).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.content_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.traceparent.as_deref()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.person.map(|person| person.0)).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.payload.as_deref()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
