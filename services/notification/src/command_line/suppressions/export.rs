//! `notification suppressions export`: those that hold, in the order of their person ids.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use program::{Failure, Outcome};
use settings::exit_code;

use super::AT_ONCE;
use super::list::{Format, Writer};
use crate::command_line::with_app;
use crate::commands::list_suppressions::list_suppressions;
use crate::config::Settings;
use crate::domain::suppression::Suppression;
use crate::state::State;

#[derive(Debug, Args)]
pub(in crate::command_line) struct Export {
    /// The file, or - for standard output
    #[arg(default_value = "-")]
    file: PathBuf,
    /// As the file's name says, if this does not: .jsonl for JSON lines, else CSV
    #[arg(long)]
    format: Option<Format>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(export: &Export) -> Outcome {
    let format = export.format.unwrap_or_else(|| Format::of_name(&export.file));
    with_app(&export.settings, async |app| {
        // A database that is away leaves no empty file.
        let first = page(app.state(), None).await?;
        let out = Writer::new(format, open(&export.file)?)?;
        write_all(app.state(), first, out).await
    })
}

fn open(path: &Path) -> Result<Box<dyn Write>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(BufWriter::new(io::stdout())));
    }
    let file = File::create(path).map_err(|error| {
        let words = format!("cannot write {}: {error}", path.display());
        Failure::new(exit_code::USAGE, words)
    })?;
    Ok(Box::new(BufWriter::new(file)))
}

async fn write_all<W: Write>(state: &State, first: Vec<Suppression>, mut out: Writer<W>) -> Outcome {
    let mut rows = first;
    loop {
        for row in &rows {
            out.write(row)?;
        }
        match rows.last().filter(|_| rows.len() == AT_ONCE) {
            Some(last) => rows = page(state, Some(last)).await?,
            None => return Ok(out.finish()?),
        }
    }
}

async fn page(state: &State, last: Option<&Suppression>) -> Result<Vec<Suppression>, Failure> {
    let after = last.map(Suppression::position);
    Ok(list_suppressions(state, after, i64::try_from(AT_ONCE).unwrap_or(i64::MAX)).await?)
}
