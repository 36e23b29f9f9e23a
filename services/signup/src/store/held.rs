//! Signups that are held back: those whose honeypot was filled.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Error;

/// A held signup, as an operator looks at it. `Debug` shows no address.
pub struct HeldRow {
    pub id: Uuid,
    pub accepted_at: OffsetDateTime,
    pub campaign: String,
    pub email: String,
}

/// What a release needs.
pub struct HeldEvent {
    pub person_id: Uuid,
    pub event_id: Uuid,
    pub payload: Vec<u8>,
    pub email: String,
    pub now: OffsetDateTime,
}

/// The oldest held signups after this one.
///
/// # Errors
/// What the database says.
pub async fn list(connection: &mut PgConnection, after: Uuid, limit: i64) -> Result<Vec<HeldRow>, Error> {
    let rows = sqlx::query_as!(
        HeldRow,
        "select s.id, s.accepted_at, s.campaign, l.email
         from signups s join leads l on l.person_id = s.person_id
         where s.delivery = 'held' and s.id > $1
         order by s.id limit $2",
        after,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Locks a held signup; nothing if it is not held.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut PgConnection, id: Uuid) -> Result<Option<HeldEvent>, Error> {
    let held = sqlx::query_as!(
        HeldEvent,
        r#"select s.person_id, s.event_id, s.payload, l.email, now() as "now!"
           from signups s join leads l on l.person_id = s.person_id
           where s.id = $1 and s.delivery = 'held'
           for update of s"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(held)
}

/// Notes that a held signup is owed its mail from now on.
///
/// # Errors
/// What the database says.
pub async fn owe(connection: &mut PgConnection, id: Uuid, republish_after_seconds: f64) -> Result<(), Error> {
    sqlx::query!(
        "update signups
         set delivery = 'owed', event_time = now(), next_republish_at = now() + make_interval(secs => $2)
         where id = $1",
        id,
        republish_after_seconds
    )
    .execute(connection)
    .await?;
    Ok(())
}
