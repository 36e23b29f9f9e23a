//! `enquiry held list` and `enquiry held release`.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use settings::exit_code;

use super::{Failure, Outcome, with_app};
use crate::app::App;
use crate::commands::list_enquiries::list_held;
use crate::commands::release_held::release_held;
use crate::config::Settings;
use crate::domain::reference::Reference;
use crate::store::enquiry_list::Shown;

/// Characters of a message that a list shows.
const EXCERPT: usize = 60;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List what is held, the oldest first
    List(Box<List>),
    /// Let enquiries through: their mails go out as if they had just come
    Release(Box<Release>),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct Release {
    /// Reference numbers, such as Q-7K3M-9QXP
    #[arg(required = true)]
    references: Vec<String>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: Command) -> Outcome {
    match command {
        Command::List(list) => with_app(&list.settings, async |app| show(&app, list.limit).await),
        Command::Release(release) => {
            let references = parse(&release.references)?;
            with_app(&release.settings, async |app| {
                let_through(&app, &references).await
            })
        }
    }
}

async fn show(app: &App, limit: i64) -> Outcome {
    let held = list_held(app.state(), limit).await?;
    let mut out = io::stdout().lock();
    for enquiry in &held {
        writeln!(out, "{}", line(enquiry))?;
    }
    Ok(())
}

fn line(enquiry: &Shown) -> String {
    let excerpt: String = enquiry
        .message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(EXCERPT)
        .collect();
    let (reference, email, topic) = (&enquiry.reference, &enquiry.email, &enquiry.topic);
    format!(
        "{reference}\t{}\t{topic}\t{email}\t{excerpt}",
        enquiry.accepted_at
    )
}

fn parse(references: &[String]) -> Result<Vec<Reference>, Failure> {
    references
        .iter()
        .map(|text| {
            Reference::parse(text)
                .ok_or_else(|| Failure::new(exit_code::USAGE, format!("{text} is no reference number")))
        })
        .collect()
}

async fn let_through(app: &App, references: &[Reference]) -> Outcome {
    for reference in references {
        let words = if release_held(app.state(), reference).await? {
            "is released"
        } else {
            "is not held"
        };
        writeln!(io::stdout(), "{reference} {words}")?;
    }
    Ok(())
}
