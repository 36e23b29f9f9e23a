//! Publishes the events of owed requests again, and looks into mail requests that were left behind.

use lifecycle::{CancellationToken, every};

use crate::commands::prepare_mail::prepare_left_behind;
use crate::commands::publish_again::publish_owed_again;
use crate::state::State;

/// Name of the task, in logs and metrics.
pub const NAME: &str = "republish owed signups";

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    let tick = state.rules.republish.tick;
    every(NAME, tick, stop, || async {
        prepare_left_behind(&state).await?;
        publish_owed_again(&state).await
    })
    .await;
}
