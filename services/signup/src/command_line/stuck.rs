//! `signup stuck retry`.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::{Outcome, with_app};
use crate::app::App;
use crate::commands::retry_stuck;
use crate::config::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Publish the events of stuck requests again, and count their tries anew
    Retry(Box<Retry>),
}

#[derive(Debug, Args)]
pub(super) struct Retry {
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: Command) -> Outcome {
    let Command::Retry(retry) = command;
    with_app(&retry.settings, async |app| retry_all(&app).await)
}

async fn retry_all(app: &App) -> Outcome {
    let requests = retry_stuck(app.state()).await?;
    writeln!(io::stdout(), "{requests} stuck requests are owed again")?;
    Ok(())
}
