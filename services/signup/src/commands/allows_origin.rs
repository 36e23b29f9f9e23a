//! A browser asks whether a page may call the API at all.

use crate::error::Error;
use crate::state::State;
use crate::store::allowed_origins;

/// Whether some campaign allows pages of this origin.
///
/// # Errors
/// The database is not available.
pub async fn allows_origin(state: &State, origin: &str) -> Result<bool, Error> {
    let origin = origin.to_owned();
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { allowed_origins::any_campaign_allows(connection, &origin).await })
        })
        .await
}
