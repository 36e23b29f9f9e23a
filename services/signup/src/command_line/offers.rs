//! `signup offers apply`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use settings::exit_code;

use super::{Failure, Outcome, with_app};
use crate::app::App;
use crate::commands::{Applied, apply_offer};
use crate::config::Settings;
use crate::domain::offer::OfferDraft;
use crate::domain::offer_folder;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check a folder (offer.toml, texts, PDF) and publish it as a new version if it changed
    Apply(Box<Apply>),
}

#[derive(Debug, Args)]
pub(super) struct Apply {
    /// Folder of the offer
    folder: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: Command) -> Outcome {
    let Command::Apply(apply) = command;
    let draft = offer_folder::read(&apply.folder).map_err(|error| Failure::new(exit_code::USAGE, error))?;
    with_app(&apply.settings, async |app| publish(&app, draft).await)
}

async fn publish(app: &App, draft: OfferDraft) -> Outcome {
    let (version, words) = match apply_offer(app.state(), draft).await? {
        Applied::Published(version) => (version, "is published"),
        Applied::Unchanged(version) => (version, "is unchanged; its campaigns are up to date"),
    };
    writeln!(
        io::stdout(),
        "{} version {} {words}",
        version.slug,
        version.version
    )?;
    Ok(())
}
