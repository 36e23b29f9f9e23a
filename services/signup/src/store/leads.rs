//! Table `leads`.

use contracts::PersonId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// What an erasure must know of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadKeys {
    pub email: String,
    pub signups: Vec<Uuid>,
}

/// Locks the lead until the end of the transaction, and tells its address and its signups.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut PgConnection, person: PersonId) -> Result<Option<LeadKeys>, Error> {
    let found = sqlx::query_as!(
        LeadKeys,
        "select email, signup_ids as signups from leads where person_id = $1 for update",
        person.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// Deletes the lead.
///
/// # Errors
/// What the database says.
pub async fn erase(connection: &mut PgConnection, person: PersonId) -> Result<(), Error> {
    sqlx::query!("delete from leads where person_id = $1", person.0)
        .execute(connection)
        .await?;
    Ok(())
}
