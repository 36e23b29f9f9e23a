//! `notification suppressions …`: who must not be mailed. Addresses are read, and never written.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use contracts::signup::UnsubscribeScope;
use contracts::{Slug, SubjectKey};
use program::{Failure, Outcome};
use settings::exit_code;
use time::format_description::well_known::Rfc3339;

use super::{input, with_app};
use crate::app::App;
use crate::commands::change_suppressions::change_suppressions;
use crate::commands::list_suppressions::list_suppressions;
use crate::config::Settings;
use crate::domain::suppression::{Decided, Decision, SuppressionPosition, person};
use crate::state::State;

/// Rows of a list, or decisions of an import, in one transaction.
const AT_ONCE: usize = 500;
/// The reason of an imported row that has none.
const IMPORTED: &str = "imported";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print those that hold, as CSV: person_id, scope, reason, decided_at
    #[command(alias = "list")]
    Export(Box<Export>),
    /// Mail nothing more to people, given by addresses or person ids
    Add(Box<Change>),
    /// Let people be mailed again; not after a complaint, which is for ever
    Remove(Box<Change>),
    /// Read a CSV file whose first column is an address or a person id, and whose second may be a reason
    Import(Box<Import>),
}

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct Change {
    /// Addresses or person ids
    #[arg(required = true)]
    people: Vec<String>,
    /// Why: a word such as asked-by-phone
    #[arg(long, value_parser = reason_of)]
    reason: Slug,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file, or - for standard input
    file: PathBuf,
    /// Only say what is in it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: &Command) -> Outcome {
    match command {
        Command::Export(export) => with_app(&export.settings, async |app| print(app.state()).await),
        Command::Add(change) => with_app(&change.settings, async |app| decide(&app, change, true).await),
        Command::Remove(change) => with_app(&change.settings, async |app| decide(&app, change, false).await),
        Command::Import(import) => {
            let bytes = input::read(&import.file)?;
            with_app(&import.settings, async |app| {
                take_in(&app, &bytes, import.dry_run).await
            })
        }
    }
}

async fn print(state: &State) -> Outcome {
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    out.write_record(["person_id", "scope", "reason", "decided_at"])
        .map_err(io::Error::from)?;
    let mut after = None;
    loop {
        let page = list_suppressions(state, after, i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).await?;
        for row in &page {
            let (person, at) = (row.person_id.to_string(), row.decided_at.format(&Rfc3339));
            let at = at.unwrap_or_default();
            out.write_record([&person, &row.scope, &row.reason, &at])
                .map_err(io::Error::from)?;
        }
        let Some(last) = page.last().filter(|_| page.len() == AT_ONCE) else {
            return Ok(out.flush()?);
        };
        after = Some(SuppressionPosition {
            person_id: last.person_id.0,
            is_updates: last.scope == "updates",
        });
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
        decisions.push(Decision {
            person_id,
            scope: UnsubscribeScope::Everything,
            reason: change.reason.clone(),
            active,
        });
    }
    let people: Vec<_> = decisions.iter().map(|decision| decision.person_id).collect();
    let decided = change_suppressions(app.state(), decisions).await?;
    for (person, decided) in people.iter().zip(&decided) {
        let words = match (decided, active) {
            (Decided::Done, true) => "is not mailed any more",
            (Decided::Done, false) => "may be mailed again",
            (Decided::NoChange, true) => "was not mailed before",
            (Decided::NoChange, false) => "was not suppressed",
            (Decided::Complained, _) => "has complained, which is for ever",
        };
        writeln!(io::stdout(), "{person} {words}")?;
    }
    if decided.contains(&Decided::Complained) {
        return Err(Failure::new(exit_code::SOFTWARE, "not all of them were changed"));
    }
    Ok(())
}

async fn take_in(app: &App, bytes: &[u8], dry_run: bool) -> Outcome {
    let key = &app.state().rules.subject_key;
    let (decisions, wrong) = read(key, bytes);
    let mut suppressed = 0;
    if !dry_run {
        for some in decisions.chunks(AT_ONCE) {
            let decided = change_suppressions(app.state(), some.to_vec()).await?;
            suppressed += decided
                .iter()
                .filter(|decided| **decided == Decided::Done)
                .count();
        }
    }
    let mut out = io::stdout().lock();
    for line in &wrong {
        writeln!(
            out,
            "line {line} is left out: its first column is neither an email address nor a person id, or its reason no word"
        )?;
    }
    writeln!(
        out,
        "{} people read, {suppressed} newly suppressed",
        decisions.len()
    )?;
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::new(exit_code::SOFTWARE, "lines were left out"))
}

/// The decisions of a file, and the lines that hold none. A first line that names the columns is none of either.
fn read(key: &SubjectKey, bytes: &[u8]) -> (Vec<Decision>, Vec<u64>) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let (mut decisions, mut wrong) = (Vec::new(), Vec::new());
    for (place, record) in reader.records().enumerate() {
        let line = record
            .as_ref()
            .ok()
            .and_then(csv::StringRecord::position)
            .map_or(place as u64 + 1, csv::Position::line);
        let decision = record.ok().and_then(|record| decision(key, &record));
        match decision {
            Some(decision) => decisions.push(decision),
            None if place == 0 => {}
            None => wrong.push(line),
        }
    }
    (decisions, wrong)
}

fn decision(key: &SubjectKey, record: &csv::StringRecord) -> Option<Decision> {
    let second = record
        .get(1)
        .filter(|second| !second.is_empty())
        .unwrap_or(IMPORTED);
    // Our own export has the scope in between.
    let (scope, reason) = match second {
        "everything" => (UnsubscribeScope::Everything, record.get(2)?),
        "updates" => (UnsubscribeScope::Updates, record.get(2)?),
        reason => (UnsubscribeScope::Everything, reason),
    };
    Some(Decision {
        person_id: person(key, record.get(0)?).ok()?,
        scope,
        reason: Slug::parse(&reason.replace('_', "-")).ok()?,
        active: true,
    })
}

fn reason_of(text: &str) -> Result<Slug, String> {
    Slug::parse(text).map_err(|_| "is no word such as asked-by-phone: a-z, 0-9 and -".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_a_head_and_lines_that_name_nobody_are_told() {
        let key = SubjectKey::parse(&"ab".repeat(32)).expect("a key");
        let file = "email,reason\nanna@example.com,asked-by-phone\nnobody\n\
                    00000000-0000-8000-8000-000000000001,everything,not_me,2026-11-24T09:00:00Z\nben@example.com\n";
        let (decisions, wrong) = read(&key, file.as_bytes());
        let reasons: Vec<&str> = decisions
            .iter()
            .map(|decision| decision.reason.as_str())
            .collect();
        assert_eq!(reasons, ["asked-by-phone", "not-me", "imported"]);
        assert_eq!(wrong, [3]);
    }
}
