//! `signup held list` and `signup held release`.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::{Outcome, with_app};
use crate::app::App;
use crate::commands::{Released, list_held, release_held};
use crate::config::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List what is held, the oldest first
    List(Box<List>),
    /// Let signups through: their mails go out as if they had just come
    Release(Box<Release>),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// Only what came after the signup with this id
    #[arg(long)]
    after: Option<Uuid>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct Release {
    /// Ids of signups
    #[arg(required = true)]
    ids: Vec<Uuid>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: Command) -> Outcome {
    match command {
        Command::List(list) => with_app(&list.settings, async |app| {
            show(&app, list.after, list.limit).await
        }),
        Command::Release(release) => with_app(&release.settings, async |app| {
            let_through(&app, &release.ids).await
        }),
    }
}

async fn show(app: &App, after: Option<Uuid>, limit: u16) -> Outcome {
    let held = list_held(app.state(), after, limit).await?;
    let mut out = io::stdout().lock();
    for signup in &held {
        let (id, at, campaign, email) = (
            signup.id,
            signup.accepted_at,
            &signup.campaign,
            signup.email.expose(),
        );
        writeln!(out, "{id}\t{at}\t{campaign}\t{email}")?;
    }
    Ok(())
}

async fn let_through(app: &App, ids: &[Uuid]) -> Outcome {
    for &id in ids {
        let words = match release_held(app.state(), id).await? {
            Released::Owed => "is released",
            Released::OverBudget => "stays held: its address has had its mails for now",
            Released::NotHeld => "is not held",
        };
        writeln!(io::stdout(), "{id} {words}")?;
    }
    Ok(())
}
