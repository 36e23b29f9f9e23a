//! `republish`, the same for the services that keep what they tell until an outcome is known.

use std::io::{self, Write};

use clap::Args;
use time::OffsetDateTime;

use crate::{Confirmation, Failure, Outcome};

/// More than so many are not published again without being asked for twice.
const FEW: u64 = 100;

/// Arguments of `republish`; `S` are the settings of the service.
#[derive(Debug, Args)]
pub struct Republish<S: Args> {
    /// Events of that time or later, such as 2026-11-24T09:00:00Z
    #[arg(long, value_parser = settings::moment)]
    pub since: OffsetDateTime,
    /// Only say how many
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    pub settings: S,
}

impl<S: Args> Republish<S> {
    /// Says what has no outcome, as counts with their names, and makes it due at once, which answers how many it was.
    ///
    /// # Errors
    /// Nobody said yes (64), what `make_due` says.
    pub async fn run(
        &self,
        unanswered: &[(u64, &str)],
        make_due: impl AsyncFnOnce() -> Result<u64, Failure>,
    ) -> Outcome {
        let counts: Vec<String> = unanswered
            .iter()
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        let all: u64 = unanswered.iter().map(|(count, _)| count).sum();
        writeln!(io::stdout(), "no outcome is known of {}", counts.join(", "))?;
        if self.dry_run || all == 0 {
            return Ok(());
        }
        if all > FEW {
            self.confirmation.ask(&format!("Publish {all} events again?"))?;
        }
        let due = make_due().await?;
        writeln!(
            io::stdout(),
            "{due} are due now: the service that runs publishes them, REPUBLISH_PER_TICK every REPUBLISH_TICK_SECONDS"
        )?;
        Ok(())
    }
}
