//! Looks for owed enquiries whose event is due again.

use lifecycle::{CancellationToken, every};

use crate::commands::republish_owed::republish_owed;
use crate::state::State;

pub const NAME: &str = "republish owed enquiries";

/// Runs until `stop`.
pub async fn run(state: State, stop: CancellationToken) {
    let tick = state.rules.republishing.tick;
    every(NAME, tick, stop, || async {
        republish_owed(&state).await.map(drop)
    })
    .await;
}
