//! Events of which nothing was heard are published again: Kafka may have lost them, and so may whoever read them.

use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{erased_people, offers, requests};

const ERASURES: i64 = 100;

/// Publishes the events of owed requests again, under their own ids.
///
/// # Errors
/// The database is not available.
pub async fn publish_owed_again(state: &State) -> Result<(), Error> {
    let inner = state.clone();
    let published = state.database.run_long(async move {
        let mut transaction = inner.database.begin().await?;
        let owed = requests::take_owed(&mut transaction, &inner.rules.republish).await?;
        let events: Vec<_> = owed.into_iter().map(events::stored).collect();
        outbox::append(&mut transaction, &events).await?;
        transaction.commit().await?;
        Ok(events.len())
    });
    told(state, published.await?, "requests");
    Ok(())
}

/// Publishes an offer version again that notification has not confirmed; one at a time, they are large.
///
/// # Errors
/// The database is not available.
pub async fn publish_offer_again(state: &State) -> Result<(), Error> {
    let inner = state.clone();
    let published = state.database.run_long(async move {
        let mut transaction = inner.database.begin().await?;
        let first_after = inner.rules.republish.first.as_secs_f64();
        let Some(version) = offers::take_unconfirmed(&mut transaction, first_after).await? else {
            return Ok(0);
        };
        outbox::append(&mut transaction, &events::offer_published(version)).await?;
        transaction.commit().await?;
        Ok(1)
    });
    told(state, published.await?, "offers");
    Ok(())
}

/// Publishes erasures again that enquiry or notification has not confirmed.
///
/// # Errors
/// The database is not available.
pub async fn publish_erasures_again(state: &State) -> Result<(), Error> {
    let inner = state.clone();
    let published = state.database.run_long(async move {
        let mut transaction = inner.database.begin().await?;
        let first_after = inner.rules.republish.first.as_secs_f64();
        let erasures = erased_people::take_unconfirmed(&mut transaction, first_after, ERASURES).await?;
        let events: Vec<_> = erasures
            .iter()
            .map(|erasure| events::person_erased(erasure.person, erasure.event_id, erasure.erased_at))
            .collect();
        outbox::append(&mut transaction, &events).await?;
        transaction.commit().await?;
        Ok(events.len())
    });
    told(state, published.await?, "erasures");
    Ok(())
}

fn told(state: &State, published: usize, what: &'static str) {
    if published == 0 {
        return;
    }
    state.metrics.republished.inc_by(published as u64);
    state.wake.notify();
    tracing::warn!(published, what, "published again: nothing was heard of them");
}
