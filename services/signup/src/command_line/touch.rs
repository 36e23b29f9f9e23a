//! `signup touch explain`.

use std::io::{self, Write};

use clap::Subcommand;

use super::Outcome;
use crate::commands::explain_touch::{TouchArgs, explain_touch};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say which channel a visitor is counted under, and which rule says so
    Explain(Box<TouchArgs>),
}

pub(super) fn run(command: Command) -> Outcome {
    let Command::Explain(touch) = command;
    writeln!(io::stdout(), "{}", explain_touch(&touch).print(touch.json))?;
    Ok(())
}
