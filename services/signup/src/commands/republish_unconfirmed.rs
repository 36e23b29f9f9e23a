//! Erasures and offer versions that the other services have not confirmed are published again, for as long as it takes.

use crate::commands::republish_owed::told;
use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{erased_people, offers};

const ERASURES: i64 = 100;

/// Publishes an offer version again that notification has not confirmed; one at a time, they are large. One that cannot
/// be read is put off like any other, so that it holds up none of them.
///
/// # Errors
/// The database is not available.
pub async fn republish_offer(state: &State) -> Result<(), Error> {
    let first_after = state.rules.republish.first.as_secs_f64();
    let published = state
        .background
        .transaction(move |connection| {
            Box::pin(async move {
                let Some(stored) = offers::take_unconfirmed(connection, first_after).await? else {
                    return Ok(0);
                };
                let (offer, version) = (stored.offer.clone(), stored.version);
                match stored.read() {
                    Ok(publication) => {
                        outbox::append(connection, &events::offer_published(publication)).await?;
                        Ok(1)
                    }
                    Err(error) => {
                        tracing::error!(offer, version, %error, "an offer cannot be published again");
                        Ok(0)
                    }
                }
            })
        })
        .await?;
    told(state, published, "offers");
    Ok(())
}

/// Publishes erasures again that enquiry or notification has not confirmed.
///
/// # Errors
/// The database is not available.
pub async fn republish_erasures(state: &State) -> Result<(), Error> {
    let first_after = state.rules.republish.first.as_secs_f64();
    let published = state
        .background
        .transaction(move |connection| {
            Box::pin(async move {
                let erasures = erased_people::take_unconfirmed(connection, first_after, ERASURES).await?;
                let event = |erasure: &erased_people::Erasure| {
                    events::person_erased(erasure.person, erasure.event_id, erasure.erased_at)
                };
                let events: Vec<_> = erasures.iter().map(event).collect();
                outbox::append(connection, &events).await?;
                Ok(events.len())
            })
        })
        .await?;
    told(state, published, "erasures");
    Ok(())
}
