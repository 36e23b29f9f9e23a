//! `notification outbox status`.

use program::{OutboxCommand, block_on};

use super::Outcome;
use crate::config::Settings;

pub(super) fn run(command: &OutboxCommand<Settings>) -> Outcome {
    let config = command.settings().resolve()?;
    block_on(command.run(&config.database))
}
