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
    let database = state.database.clone();
    let noted = state.database.run_long(async move {
        let mut connection = database.pool().acquire().await?;
        offers::confirm(&mut connection, &offer).await
    });
    noted.await
}
