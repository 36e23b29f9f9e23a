//! Looks for owed enquiries whose event is due again.

use lifecycle::{CancellationToken, every};

use crate::commands::republish_owed::republish_owed;
use crate::state::State;

pub const NAME: &str = "enquiry: republish what is owed";

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    let tick = state.rules.republish.tick;
    every(NAME, tick, stop, || republish_owed(&state)).await;
}
