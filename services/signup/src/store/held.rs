//! Signups that are held back: those whose honeypot was filled.

use contracts::{EmailAddress, PersonId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::held::HeldSignup;
use crate::domain::owed::{Owed, StoredEvent};
use crate::error::Error;
use crate::store::leads::read_address;

/// What a release needs.
#[derive(Debug)]
pub struct Held {
    pub email: EmailAddress,
    /// The event that owes the mail, as it was stored, happening now.
    pub event: StoredEvent,
}

/// The oldest held signups after this one.
///
/// # Errors
/// What the database says.
pub async fn list(connection: &mut PgConnection, after: Uuid, limit: i64) -> Result<Vec<HeldSignup>, Error> {
    let rows = sqlx::query!(
        "select s.id, s.accepted_at, s.campaign, l.email
         from signups s join leads l on l.person_id = s.person_id
         where s.delivery = 'held' and s.id > $1
         order by s.id limit $2",
        after,
        limit
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(HeldSignup {
                id: row.id,
                accepted_at: row.accepted_at,
                campaign: row.campaign,
                email: read_address(&row.email)?,
            })
        })
        .collect()
}

/// Locks a held signup; nothing if it is not held.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut PgConnection, id: Uuid) -> Result<Option<Held>, Error> {
    let found = sqlx::query!(
        r#"select s.person_id, s.event_id, s.payload, l.email, now() as "now!"
           from signups s join leads l on l.person_id = s.person_id
           where s.id = $1 and s.delivery = 'held'
           for update of s"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = found else { return Ok(None) };
    let event = StoredEvent {
        id: row.event_id,
        owed: Owed::Delivery,
        person: PersonId(row.person_id),
        time: row.now,
        payload: row.payload,
    };
    Ok(Some(Held {
        email: read_address(&row.email)?,
        event,
    }))
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
