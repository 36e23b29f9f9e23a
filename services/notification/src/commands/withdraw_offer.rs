//! Signup withdraws an offer version that no open request needs.

use contracts::offer::OfferVersion;

use crate::error::Error;
use crate::state::State;
use crate::store::{intake, offers};

/// Forgets a version. One that a mail still needs stays: signup knows better only if the event that owes it was lost.
///
/// # Errors
/// What the database says.
pub async fn withdraw_offer(state: &State, offer: OfferVersion) -> Result<(), Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                intake::close(connection).await?;
                Ok(offers::remove(connection, &offer).await?)
            })
        })
        .await
}
