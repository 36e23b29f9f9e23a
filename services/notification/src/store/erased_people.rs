//! Table `erased_people`, and what an erasure does to the others.

use std::collections::HashMap;

use contracts::PersonId;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which of these people were erased, and when.
///
/// # Errors
/// If the database is out of reach.
pub async fn among(
    connection: &mut PgConnection,
    people: &[Uuid],
) -> Result<HashMap<PersonId, OffsetDateTime>, sqlx::Error> {
    let rows = sqlx::query!(
        "select person_id, erased_at from erased_people where person_id = any($1)",
        people
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (PersonId(row.person_id), row.erased_at))
        .collect())
}

/// Remembers an erasure. An older one that comes again changes nothing.
///
/// # Errors
/// If the database is out of reach.
pub async fn remember(
    connection: &mut PgConnection,
    person: PersonId,
    erased_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into erased_people (person_id, erased_at) values ($1, $2)
         on conflict (person_id) do update set erased_at = greatest(erased_people.erased_at, excluded.erased_at)",
        person.0,
        erased_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes everything about a person out of this database that events from before the erasure brought: unsent events,
/// work, and whatever the ledger says but that the event was here. Due rows first, as senders lock them.
///
/// # Errors
/// If the database is out of reach.
pub async fn scrub(
    connection: &mut PgConnection,
    person: PersonId,
    erased_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from outbox where person_id = $1 and event_time <= $2",
        person.0,
        erased_at
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_file!("src/store/queries/drop_work_of_person.sql", person.0, erased_at)
        .execute(&mut *connection)
        .await?;
    sqlx::query_file!("src/store/queries/scrub_person.sql", person.0, erased_at)
        .execute(connection)
        .await?;
    Ok(())
}
