//! Publishes erasures and offer versions again until they are confirmed.

use lifecycle::{CancellationToken, every};

use crate::commands::publish_again::{publish_erasures_again, publish_offer_again};
use crate::state::State;

/// Name of the task, in logs and metrics.
pub const NAME: &str = "tell erasures and offers again";

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    let tick = state.rules.republish.tick;
    every(NAME, tick, stop, || async {
        publish_erasures_again(&state).await?;
        publish_offer_again(&state).await
    })
    .await;
}
