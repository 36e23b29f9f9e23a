//! Looks for erasures and offer versions that are not confirmed.

use lifecycle::{CancellationToken, every};

use crate::commands::republish_unconfirmed::{republish_erasures, republish_offer};
use crate::state::State;

/// Name of the task, in logs and metrics.
pub const NAME: &str = "signup: republish what is unconfirmed";

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    let tick = state.rules.republish.tick;
    every(NAME, tick, stop, || async {
        republish_erasures(&state).await?;
        republish_offer(&state).await
    })
    .await;
}
