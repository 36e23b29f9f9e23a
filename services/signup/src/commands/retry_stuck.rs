//! An operator starts anew with requests that are stuck.

use crate::error::Error;
use crate::state::State;
use crate::store::requests;

/// Makes every stuck request owed again, as if its event had never been published. Answers how many.
///
/// # Errors
/// The database is not available.
pub async fn retry_stuck(state: &State) -> Result<u64, Error> {
    state
        .background
        .transaction(|connection| Box::pin(requests::retry_stuck(connection)))
        .await
}
