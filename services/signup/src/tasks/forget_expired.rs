//! Lets consents lapse that nobody confirmed, and deletes what is no longer needed.

use std::time::Duration;

use lifecycle::{CancellationToken, every};

use crate::commands::delete_expired::delete_expired;
use crate::commands::lapse_consents::lapse_consents;
use crate::state::State;

/// Name of the task, in logs and metrics.
pub const NAME: &str = "housekeeping of signup";

const INTERVAL: Duration = Duration::from_secs(600);

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    every(NAME, INTERVAL, stop, || async {
        delete_expired(&state).await?;
        lapse_consents(&state).await
    })
    .await;
}
