//! Keeps the gauges that only the database knows.

use std::time::Duration;

use lifecycle::{CancellationToken, every};

use crate::commands::measure::measure;
use crate::state::State;

/// Name of the task, in logs and metrics.
pub const NAME: &str = "signup: measure the backlog";

const INTERVAL: Duration = Duration::from_secs(15);

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    every(NAME, INTERVAL, stop, || async { measure(&state).await }).await;
}
