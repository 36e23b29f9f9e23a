//! What can be measured by itself.

mod cost;
mod mail;
mod memory;
mod pipeline;
mod signup;

use std::time::Duration;

use crate::error::BenchError;
use crate::report::Report;
use crate::screen;
use crate::stage::Stage;

pub(crate) use cost::cost;
pub(crate) use mail::mail;
pub(crate) use memory::memory;
pub(crate) use pipeline::pipeline;
pub(crate) use signup::signup;

const ROUNDS: usize = 5;
const QUICK_ROUNDS: usize = 3;
/// For backlogs to go away.
const DRAINED: Duration = Duration::from_secs(60);

/// How thorough a run is.
#[derive(Debug, Clone, Copy)]
pub struct Thoroughness {
    /// The median of 3 instead of 5, and a fifth of the backlogs.
    pub is_quick: bool,
    /// Ten million leads, and a soak of ten minutes.
    pub is_long: bool,
}

/// One part of a run: where it happens, how often each figure is taken, and what was found.
#[derive(Debug)]
pub struct Run {
    pub stage: Stage,
    pub is_long: bool,
    /// The median of so many.
    pub rounds: usize,
    pub report: Report,
}

impl Run {
    /// Starts engines of its own for a part: what another part left behind, vacuums and backlogs, is no load of this one.
    ///
    /// # Errors
    /// When they cannot run here.
    pub async fn new(how: Thoroughness, report: Report) -> Result<Self, BenchError> {
        screen::progress("starting Postgres and Kafka");
        Ok(Self {
            stage: Stage::set().await?,
            is_long: how.is_long,
            rounds: if how.is_quick { QUICK_ROUNDS } else { ROUNDS },
            report,
        })
    }

    /// Whether a rough figure soon is wanted.
    pub fn is_quick(&self) -> bool {
        self.rounds == QUICK_ROUNDS
    }
}
