//! Senders have time: mails that are due are leased to them.

use std::time::Duration;

use sqlx::PgConnection;

use crate::domain::claim::Claim;
use crate::error::Error;
use crate::store::due_notifications;

/// Leases at most `limit` mails. Those that must not be sent say so: suppression is looked up by the same statement.
///
/// # Errors
/// What the database says.
pub async fn claim_due(
    connection: &mut PgConnection,
    limit: usize,
    lease: Duration,
) -> Result<Vec<Claim>, Error> {
    Ok(due_notifications::claim(connection, limit, lease).await?)
}

/// Gives mails back that nobody tried to send.
///
/// # Errors
/// What the database says.
pub async fn give_back(connection: &mut PgConnection, claims: &[Claim]) -> Result<(), Error> {
    Ok(due_notifications::give_back(connection, claims).await?)
}
