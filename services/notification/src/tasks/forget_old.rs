//! Looks for rows whose time is over.

use std::time::Duration;

use lifecycle::{CancellationToken, every};

use crate::commands::forget_old::forget_old;
use crate::state::State;

pub const NAME: &str = "notification: forget what is old";

const TICK: Duration = Duration::from_secs(3600);

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    every(NAME, TICK, stop, || async { forget_old(&state).await.map(drop) }).await;
}
