//! What is no longer needed goes.

use crate::error::Error;
use crate::state::State;
use crate::store::expired;

/// Deletes expired idempotency keys, used-up budgets and old mail requests, in small steps.
///
/// # Errors
/// The database is not available.
pub async fn delete_expired(state: &State) -> Result<(), Error> {
    loop {
        let database = state.database.clone();
        let step = state.database.run_long(async move {
            let mut connection = database.pool().acquire().await?;
            expired::delete(&mut connection).await
        });
        if !step.await? {
            return Ok(());
        }
    }
}
