//! `notification suppressions import`: a list, taken whole or not at all.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use program::{Failure, Outcome};
use settings::exit_code;
use time::OffsetDateTime;

use super::AT_ONCE;
use super::list::{Format, List};
use crate::app::App;
use crate::command_line::{input, with_app};
use crate::commands::change_suppressions::change_suppressions;
use crate::config::Settings;
use crate::domain::suppression::{Decided, Decision};
use crate::state::State;

#[derive(Debug, Args)]
pub(in crate::command_line) struct Import {
    /// The file, or - for standard input
    file: PathBuf,
    /// As the file's name says, if this does not: .jsonl for JSON lines, else CSV
    #[arg(long)]
    format: Option<Format>,
    /// Leave wrong lines out; else nothing is imported if there is one
    #[arg(long)]
    skip_bad: bool,
    /// Only say what is in it
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(import: &Import) -> Outcome {
    let bytes = input::read_whole(&import.file)?;
    with_app(&import.settings, async |app| take_in(&app, &bytes, import).await)
}

async fn take_in(app: &App, bytes: &[u8], import: &Import) -> Outcome {
    let key = &app.state().rules.subject_key;
    let format = import.format.unwrap_or_else(|| Format::of_name(&import.file));
    let list = List::read(format, bytes, key, OffsetDateTime::now_utc());
    let mut out = io::stdout();
    for (number, mistake) in &list.wrong {
        writeln!(out, "line {number}: {mistake}")?;
    }
    let (read, wrong) = (list.decisions.len(), list.wrong.len());
    if wrong > 0 && !import.skip_bad {
        return Err(Failure::new(
            exit_code::SOFTWARE,
            format!("nothing is imported: {wrong} of {} lines are wrong", read + wrong),
        ));
    }
    if import.dry_run {
        writeln!(out, "{read} read, {wrong} left out, nothing imported")?;
        return Ok(());
    }
    let tally = write(app.state(), &list.decisions).await?;
    writeln!(out, "{read} read, {wrong} left out: {tally}")?;
    Ok(())
}

/// What an import came to.
#[derive(Debug, Default)]
struct Tally {
    changed: usize,
    renewed: usize,
    unchanged: usize,
    overruled: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} newly suppressed, {} noted for a stronger reason or a later time, {} known already, \
             {} lifted later than the list says",
            self.changed, self.renewed, self.unchanged, self.overruled
        )
    }
}

/// In pieces. Should the database go away in between, the same import again does the rest.
async fn write(state: &State, decisions: &[Decision]) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for some in decisions.chunks(AT_ONCE) {
        for (_, decided) in change_suppressions(state, some.to_vec()).await? {
            match decided {
                Decided::Changed => tally.changed += 1,
                Decided::Renewed => tally.renewed += 1,
                Decided::Unchanged => tally.unchanged += 1,
                Decided::Overruled => tally.overruled += 1,
            }
        }
    }
    Ok(tally)
}
