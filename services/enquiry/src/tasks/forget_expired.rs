//! Looks for rows whose time is over.

use std::time::Duration;

use lifecycle::{CancellationToken, every};

use crate::commands::forget_expired::forget_expired;
use crate::state::State;

pub const NAME: &str = "enquiry: forget what is expired";

const TICK: Duration = Duration::from_secs(600);

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    every(NAME, TICK, stop, || forget_expired(&state)).await;
}
