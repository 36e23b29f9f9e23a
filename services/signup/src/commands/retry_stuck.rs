//! An operator starts anew with requests that are stuck.

use crate::error::Error;
use crate::state::State;
use crate::store::requests;

/// Makes every stuck request owed again, as if its event had never been published. Answers how many.
///
/// # Errors
/// The database is not available.
pub async fn retry_stuck(state: &State) -> Result<u64, Error> {
    let database = state.database.clone();
    let retried = state.database.run_long(async move {
        let mut connection = database.pool().acquire().await?;
        requests::retry_stuck(&mut connection).await
    });
    retried.await
}
