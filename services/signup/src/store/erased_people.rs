//! Table `erased_people`: who was erased, and which services have confirmed it.

use std::collections::HashMap;

use contracts::{PersonId, Source};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Error;

/// An erasure that is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    pub person: PersonId,
    pub erased_at: OffsetDateTime,
    pub event_id: Uuid,
}

/// Notes the erasure. One that was noted before begins anew. Answers the database's time, which is later than that of
/// any signup which was locked before, and earlier than that of any which waits for those locks.
///
/// # Errors
/// What the database says.
pub async fn note(
    connection: &mut PgConnection,
    person: PersonId,
    event_id: Uuid,
    publish_again_after_seconds: f64,
) -> Result<OffsetDateTime, Error> {
    let erased_at = sqlx::query_scalar!(
        "insert into erased_people (person_id, erased_at, event_id, next_publish_at)
         values ($1, clock_timestamp(), $2, now() + make_interval(secs => $3))
         on conflict (person_id) do update
             set erased_at = excluded.erased_at, event_id = excluded.event_id, tries = 0,
                 next_publish_at = excluded.next_publish_at,
                 enquiry_confirmed_at = null, notification_confirmed_at = null
         returning erased_at",
        person.0,
        event_id,
        publish_again_after_seconds
    )
    .fetch_one(connection)
    .await?;
    Ok(erased_at)
}

/// Notes that a service has confirmed the erasure of that time, or a later one.
///
/// # Errors
/// What the database says.
pub async fn confirm(
    connection: &mut PgConnection,
    person: PersonId,
    erased_at: OffsetDateTime,
    service: Source,
) -> Result<(), Error> {
    sqlx::query!(
        "update erased_people
         set enquiry_confirmed_at = case when $3 = 'enquiry' then now() else enquiry_confirmed_at end,
             notification_confirmed_at = case when $3 = 'notification' then now() else notification_confirmed_at end
         where person_id = $1 and erased_at <= $2",
        person.0,
        erased_at,
        service.service()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes erasures that were not confirmed for so long that they should be published again, and puts them off: twice
/// as long each time, a day at most. One whose event still waits in the outbox is only put off.
///
/// # Errors
/// What the database says.
pub async fn take_unconfirmed(
    connection: &mut PgConnection,
    first_after_seconds: f64,
    limit: i64,
) -> Result<Vec<Erasure>, Error> {
    let due = sqlx::query!(
        r#"update erased_people e
           set tries = least(e.tries + 1, 30000)::smallint,
               next_publish_at = now() + least(make_interval(secs => $1 * power(2, least(e.tries + 1, 20))), '1 day')
           where e.person_id in (
               select person_id from erased_people
               where (enquiry_confirmed_at is null or notification_confirmed_at is null) and next_publish_at <= now()
               order by next_publish_at limit $2 for update skip locked)
           returning e.person_id, e.erased_at, e.event_id,
                     exists (select from outbox o where o.event_id = e.event_id) as "is_queued!""#,
        first_after_seconds,
        limit
    )
    .fetch_all(connection)
    .await?;
    let unsent = due.into_iter().filter(|row| !row.is_queued).map(|row| Erasure {
        person: PersonId(row.person_id),
        erased_at: row.erased_at,
        event_id: row.event_id,
    });
    Ok(unsent.collect())
}

/// How many erasures are not confirmed by both services.
///
/// # Errors
/// What the database says.
pub async fn count_unconfirmed(connection: &mut PgConnection) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from erased_people
           where enquiry_confirmed_at is null or notification_confirmed_at is null"#
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Deletes a person's events that the publisher has not sent.
///
/// # Errors
/// What the database says.
pub async fn delete_unsent(connection: &mut PgConnection, person: PersonId) -> Result<(), Error> {
    sqlx::query!("delete from outbox where person_id = $1", person.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// When each of these people was erased; those who were not are left out.
///
/// # Errors
/// What the database says.
pub async fn among(
    connection: &mut PgConnection,
    people: &[PersonId],
) -> Result<HashMap<PersonId, OffsetDateTime>, Error> {
    let people: Vec<Uuid> = people.iter().map(|person| person.0).collect();
    let rows = sqlx::query!(
        "select person_id, erased_at from erased_people where person_id = any($1)",
        &people
    )
    .fetch_all(connection)
    .await?;
    let erased = rows
        .into_iter()
        .map(|row| (PersonId(row.person_id), row.erased_at));
    Ok(erased.collect())
}

/// How many erasures of this time or later are not confirmed by both services.
///
/// # Errors
/// What the database says.
pub async fn count_unconfirmed_since(
    connection: &mut PgConnection,
    since: OffsetDateTime,
) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from erased_people
           where (enquiry_confirmed_at is null or notification_confirmed_at is null) and erased_at >= $1"#,
        since
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Makes them due at once, as if they had never been published. Answers how many.
///
/// # Errors
/// What the database says.
pub async fn make_due(connection: &mut PgConnection, since: OffsetDateTime) -> Result<u64, Error> {
    let due = sqlx::query!(
        "update erased_people set tries = 0, next_publish_at = now()
         where (enquiry_confirmed_at is null or notification_confirmed_at is null) and erased_at >= $1",
        since
    )
    .execute(connection)
    .await?;
    Ok(due.rows_affected())
}
