//! Table `outbox`: what an erasure takes back. Everything else about it is the outbox crate's.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// Deletes the events of these ids that were not sent yet.
pub async fn erase(connection: &mut PgConnection, events: &[Uuid]) -> Result<(), Error> {
    sqlx::query!("delete from outbox where event_id = any($1)", events)
        .execute(connection)
        .await?;
    Ok(())
}
