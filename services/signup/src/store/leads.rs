//! Table `leads`.

use contracts::{EmailAddress, PersonId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;
use crate::store::signups;

/// What an erasure must know of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadKeys {
    pub email: EmailAddress,
    pub signups: Vec<Uuid>,
}

/// Makes sure that [`lock`] locks also somebody who is no lead: a signup that is being written comes before this, one
/// that comes later waits until the end of the transaction. To be followed by [`erase`].
///
/// # Errors
/// What the database says.
pub async fn hold_place(connection: &mut PgConnection, person: PersonId) -> Result<(), Error> {
    sqlx::query!(
        "insert into leads (person_id, email, created_at, signup_ids) values ($1, '', now(), '{}')
         on conflict do nothing",
        person.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Locks the lead until the end of the transaction, and tells its address and its signups.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut PgConnection, person: PersonId) -> Result<Option<LeadKeys>, Error> {
    let email = sqlx::query_scalar!(
        "select email from leads where person_id = $1 and signup_ids <> '{}' for update",
        person.0
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(email) = email else { return Ok(None) };
    Ok(Some(LeadKeys {
        email: read_address(&email)?,
        signups: signups::of_person(connection, person).await?,
    }))
}

/// An address as it is stored.
pub(super) fn read_address(stored: &str) -> Result<EmailAddress, Error> {
    EmailAddress::parse(stored).map_err(|_| Error::Unreadable("address"))
}

/// Deletes the lead, and what it knows of its signups.
///
/// # Errors
/// What the database says.
pub async fn erase(connection: &mut PgConnection, person: PersonId) -> Result<(), Error> {
    sqlx::query!("delete from more_signups where person_id = $1", person.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("delete from leads where person_id = $1", person.0)
        .execute(connection)
        .await?;
    Ok(())
}
