//! Closes connections to relays that nobody needs: relays do not like idle ones.

use std::time::Duration;

use lifecycle::{CancellationToken, every};

use crate::error::Error;
use crate::tasks::relays::Relays;

pub const NAME: &str = "notification: hang up idle connections";

const TICK: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(30);

/// Runs until `stop`.
pub async fn run(relays: Relays, stop: CancellationToken) {
    every(NAME, TICK, stop, || async {
        relays.hang_up(IDLE).await;
        Ok::<_, Error>(())
    })
    .await;
}
