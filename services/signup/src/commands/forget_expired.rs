//! What is no longer needed goes.

use crate::error::Error;
use crate::state::State;
use crate::store::expired;

/// Deletes expired idempotency keys, used-up budgets and old mail requests, in small steps.
///
/// # Errors
/// The database is not available.
pub async fn forget_expired(state: &State) -> Result<(), Error> {
    loop {
        let step = state
            .background
            .transaction(|connection| Box::pin(expired::delete(connection)));
        if !step.await? {
            return Ok(());
        }
    }
}
