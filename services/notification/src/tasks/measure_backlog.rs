//! Looks how much is left to do.

use std::time::Duration;

use lifecycle::{CancellationToken, every};

use crate::commands::measure_backlog::measure_backlog;
use crate::state::State;

pub const NAME: &str = "notification: measure the backlog";

const TICK: Duration = Duration::from_secs(5);

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    every(NAME, TICK, stop, || measure_backlog(&state)).await;
}
