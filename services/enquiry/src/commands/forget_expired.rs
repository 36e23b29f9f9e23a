//! What is kept for a time only goes when the time is over.

use crate::error::Error;
use crate::state::State;
use crate::store::{idempotency_keys, mail_budgets};

/// Rows of each table in one go.
const AT_ONCE: i64 = 5_000;

/// Deletes idempotency keys of 48 hours ago and budgets of mailboxes that got nothing for 24 hours.
///
/// # Errors
/// What the database says.
pub async fn forget_expired(state: &State) -> Result<(), Error> {
    state
        .database
        .transaction(|connection| {
            Box::pin(async move {
                idempotency_keys::forget(connection, AT_ONCE).await?;
                mail_budgets::forget(connection, AT_ONCE).await?;
                Ok(())
            })
        })
        .await
}
