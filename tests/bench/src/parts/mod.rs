//! What can be measured by itself.

mod mail;
mod memory;
mod pipeline;
mod signup;

use std::time::Duration;

use crate::error::BenchError;
use crate::report::Report;
use crate::screen;
use crate::stage::Stage;

pub(crate) use mail::mail;
pub(crate) use memory::memory;
pub(crate) use pipeline::pipeline;
pub(crate) use signup::signup;

const ROUNDS: usize = 5;
const QUICK_ROUNDS: usize = 3;
/// For backlogs to go away.
const DRAINED: Duration = Duration::from_secs(60);

/// One run: where it happens, how often each figure is taken, and what was found.
#[derive(Debug)]
pub struct Run {
    pub stage: Stage,
    /// The median of so many.
    pub rounds: usize,
    pub report: Report,
}

impl Run {
    /// Starts the engines.
    ///
    /// # Errors
    /// When they cannot run here.
    pub async fn new(is_quick: bool) -> Result<Self, BenchError> {
        screen::progress("starting Postgres and Kafka");
        Ok(Self {
            stage: Stage::set().await?,
            rounds: if is_quick { QUICK_ROUNDS } else { ROUNDS },
            report: Report::default(),
        })
    }

    /// Whether a rough figure soon is wanted.
    pub fn is_quick(&self) -> bool {
        self.rounds == QUICK_ROUNDS
    }
}
