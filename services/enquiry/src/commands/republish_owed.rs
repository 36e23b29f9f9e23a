//! What Kafka lost is told again, under the same event id.

use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::republishing;

/// Publishes again what is owed, due, and in no outbox; gives up on what was told often enough.
///
/// # Errors
/// What the database says.
pub async fn republish_owed(state: &State) -> Result<(), Error> {
    let schedule = state.rules.republish;
    let (published, stuck, undelivered) = state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let stuck = republishing::mark_stuck(connection, &schedule).await?;
                let due = republishing::take_due(connection, &schedule).await?;
                let events: Vec<_> = due.into_iter().map(events::again).collect();
                outbox::append(connection, &events).await?;
                let undelivered = republishing::undelivered(connection).await?;
                Ok((events.len(), stuck, undelivered))
            })
        })
        .await?;
    if stuck > 0 {
        tracing::error!(
            enquiries = stuck,
            "told again and again without an answer: somebody must look"
        );
    }
    if published > 0 {
        state.wake.notify();
        tracing::warn!(enquiries = published, "published again");
    }
    let deliveries = &state.metrics.deliveries;
    deliveries.republished.inc_by(published as u64);
    deliveries.count(&undelivered);
    Ok(())
}
