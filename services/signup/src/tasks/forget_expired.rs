//! Looks for rows whose time is over, and for consents that nobody confirmed in time.

use std::time::Duration;

use lifecycle::{CancellationToken, every};

use crate::commands::forget_expired::forget_expired;
use crate::commands::lapse_consents::lapse_consents;
use crate::state::State;

/// Name of the task, in logs and metrics.
pub const NAME: &str = "signup: forget what is expired";

const TICK: Duration = Duration::from_secs(600);

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    every(NAME, TICK, stop, || async {
        forget_expired(&state).await?;
        lapse_consents(&state).await
    })
    .await;
}
