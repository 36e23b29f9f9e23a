//! Somebody mended what made enquiries stuck: they are told again from the beginning.

use crate::error::Error;
use crate::state::State;
use crate::store::republishing;

/// Makes every stuck enquiry owed again, due at the next look; returns how many.
///
/// # Errors
/// What the database says.
pub async fn retry_stuck(state: &State) -> Result<u64, Error> {
    state
        .database
        .transaction(|connection| Box::pin(republishing::retry_stuck(connection)))
        .await
}
