//! Table `erased_people`.

use contracts::PersonId;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::Error;

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
