//! Notification says that it holds a version of an offer.

use contracts::offer::OfferVersion;

use crate::error::Error;
use crate::state::State;
use crate::store::offers;

/// Notes it: the version is not published again.
///
/// # Errors
/// The database is not available.
pub async fn confirm_offer(state: &State, offer: OfferVersion) -> Result<(), Error> {
    state
        .background
        .transaction(move |connection| Box::pin(async move { offers::confirm(connection, &offer).await }))
        .await
}
