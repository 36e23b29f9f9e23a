//! Senders have time: mails that are due are leased to them.

use std::time::Duration;

use sqlx::PgConnection;

use crate::domain::claim::{Claim, Claimed};
use crate::domain::order::Order;
use crate::error::Error;
use crate::store::due_notifications;

/// Leases the mails that the order says. Those that must not be sent say so: suppression is looked up by the same statement.
///
/// # Errors
/// What the database says.
pub async fn claim_due(
    connection: &mut PgConnection,
    order: &Order,
    lease: Duration,
) -> Result<Claimed, Error> {
    #[cfg(feature = "broken")]
    let lease = match broken::by(broken::Break::LeaseForEver) {
        true => lease * 1_000,
        false => lease,
    };
    Ok(due_notifications::claim(connection, order, lease).await?)
}

/// Gives mails back that nobody tried to send.
///
/// # Errors
/// What the database says.
pub async fn give_back(connection: &mut PgConnection, claims: &[Claim]) -> Result<(), Error> {
    Ok(due_notifications::give_back(connection, claims).await?)
}
