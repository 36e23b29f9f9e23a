//! Events of owed requests of which nothing was heard are published again: Kafka may have lost them, and so may whoever
//! read them.

use std::sync::Arc;

use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::requests;

/// Publishes the events again that are due for it, under their own ids.
///
/// # Errors
/// The database is not available.
pub async fn republish_owed(state: &State) -> Result<(), Error> {
    #[cfg(feature = "broken")]
    if broken::by(broken::Break::NothingPublishedAgain) {
        return Ok(());
    }
    let rules = Arc::clone(&state.rules);
    let published = state
        .background
        .transaction(move |connection| {
            Box::pin(async move {
                let owed = requests::take_owed(connection, &rules.republish).await?;
                let events: Vec<_> = owed.into_iter().map(events::stored).collect();
                outbox::append(connection, &events).await?;
                Ok(events.len())
            })
        })
        .await?;
    told(state, published, "requests");
    Ok(())
}

/// So many of these were published again.
pub(super) fn told(state: &State, count: usize, what: &'static str) {
    if count == 0 {
        return;
    }
    state.metrics.republished.inc_by(count as u64);
    state.wake.notify();
    tracing::warn!(count, what, "published again: nothing was heard of them");
}
