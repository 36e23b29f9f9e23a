//! `notification suppressions …`: who must not be mailed. Addresses are read, and never written.

mod export;
mod import;
mod list;

use std::io::{self, Write};

use clap::{Args, Subcommand};
use program::{Failure, Outcome};
use settings::exit_code;

use super::with_app;
use crate::app::App;
use crate::commands::change_suppressions::change_suppressions;
use crate::config::Settings;
use crate::domain::suppression::{Decided, Decision, Reason, person};

/// Rows of a list, or decisions of an import, in one transaction.
const AT_ONCE: usize = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write those that hold: person_id, scope, reason, source, decided_at
    #[command(alias = "list")]
    Export(Box<export::Export>),
    /// Mail nothing more to people, given by addresses or person ids
    Add(Box<Change>),
    /// Let people be mailed again; not after a complaint, which is for ever
    Remove(Box<Change>),
    /// Read what an export wrote, or a list of addresses or person ids, each with a reason or none
    Import(Box<import::Import>),
}

#[derive(Debug, Args)]
pub(super) struct Change {
    /// Addresses or person ids
    #[arg(required = true)]
    people: Vec<String>,
    /// Why: a word such as asked-by-phone
    #[arg(long, value_parser = reason_of)]
    reason: Reason,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: &Command) -> Outcome {
    match command {
        Command::Export(export) => export::run(export),
        Command::Add(change) => with_app(&change.settings, async |app| decide(&app, change, true).await),
        Command::Remove(change) => with_app(&change.settings, async |app| decide(&app, change, false).await),
        Command::Import(import) => import::run(import),
    }
}

async fn decide(app: &App, change: &Change, active: bool) -> Outcome {
    let key = &app.state().rules.subject_key;
    let mut decisions = Vec::with_capacity(change.people.len());
    for (place, text) in change.people.iter().enumerate() {
        let person_id = person(key, text.trim()).map_err(|error| {
            // The text itself may be an address with a slip in it, which is not for a log.
            Failure::new(exit_code::USAGE, format!("argument {}: {error}", place + 1))
        })?;
        decisions.push(Decision::by_operator(person_id, change.reason.clone(), active));
    }
    let mut is_all_done = true;
    for (decision, decided) in change_suppressions(app.state(), decisions).await? {
        is_all_done &= decided != Decided::Overruled;
        writeln!(io::stdout(), "{} {}", decision.person_id, words(decided, active))?;
    }
    if is_all_done {
        return Ok(());
    }
    Err(Failure::new(exit_code::SOFTWARE, "not all of them were changed"))
}

const fn words(decided: Decided, active: bool) -> &'static str {
    match (decided, active) {
        (Decided::Changed, true) => "is not mailed any more",
        (Decided::Changed, false) => "may be mailed again",
        (Decided::Renewed | Decided::Unchanged, true) => "was not mailed before",
        (Decided::Renewed | Decided::Unchanged, false) => "was not suppressed",
        // Nothing is later than what is decided now.
        (Decided::Overruled, _) => "has complained, which is for ever",
    }
}

fn reason_of(text: &str) -> Result<Reason, String> {
    Reason::parse(text).map_err(|error| error.to_string())
}
