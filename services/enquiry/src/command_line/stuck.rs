//! `enquiry stuck retry`.

use std::io::{self, Write};

use clap::Subcommand;

use super::{Outcome, with_app};
use crate::commands::retry_stuck::retry_stuck;
use crate::config::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Publish every stuck enquiry again, from the first wait on
    Retry(Box<Settings>),
}

pub(super) fn run(command: Command) -> Outcome {
    let Command::Retry(settings) = command;
    with_app(&settings, async |app| {
        let owed = retry_stuck(app.state()).await?;
        writeln!(io::stdout(), "{owed} enquiries are owed again")?;
        Ok(())
    })
}
