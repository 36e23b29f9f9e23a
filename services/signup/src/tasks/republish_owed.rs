//! Looks for owed requests whose event is due again, and into mail requests that were left behind.

use lifecycle::{CancellationToken, every};

use crate::commands::prepare_mail::prepare_left_behind;
use crate::commands::republish_owed::republish_owed;
use crate::state::State;

/// Name of the task, in logs and metrics.
pub const NAME: &str = "signup: republish what is owed";

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    let tick = state.rules.republish.tick;
    every(NAME, tick, stop, || async {
        prepare_left_behind(&state).await?;
        republish_owed(&state).await
    })
    .await;
}
