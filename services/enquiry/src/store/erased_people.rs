//! Table `erased_people`.

use std::collections::HashMap;

use contracts::PersonId;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Error;

/// Lets an enquiry of this person in, until the end of the transaction, and tells its time, by the database's clock. An
/// erasure that is under way comes before it, and so is earlier; one that comes meanwhile waits, and finds it.
pub async fn enter(connection: &mut PgConnection, person: PersonId) -> Result<OffsetDateTime, Error> {
    sqlx::query!(
        "select from pg_advisory_xact_lock_shared(hashtextextended($1::uuid::text, 0))",
        person.0
    )
    .execute(&mut *connection)
    .await?;
    // Erasures carry the time of signup's database, whose clock may be ahead.
    Ok(sqlx::query_scalar!(
        "select greatest(clock_timestamp(), max(erased_at) + interval '1 microsecond') as \"now!\"
         from erased_people where person_id = $1",
        person.0
    )
    .fetch_one(connection)
    .await?)
}

/// Waits for the enquiries of this person that are being written, and keeps others out until the end of the transaction;
/// tells the time from which it does.
pub async fn close(connection: &mut PgConnection, person: PersonId) -> Result<OffsetDateTime, Error> {
    Ok(sqlx::query_scalar!(
        "select clock_timestamp() as \"now!\" from pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0))",
        person.0
    )
    .fetch_one(connection)
    .await?)
}

/// Remembers that the person was erased at this time; an earlier time changes nothing.
pub async fn remember(
    connection: &mut PgConnection,
    person: PersonId,
    erased_at: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into erased_people as known (person_id, erased_at) values ($1, $2)
         on conflict (person_id) do update set erased_at = greatest(known.erased_at, excluded.erased_at)",
        person.0,
        erased_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// When each of these people was erased; those who were not are left out.
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
