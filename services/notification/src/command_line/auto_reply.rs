//! `notification auto-reply explain`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use contracts::EmailAddress;
use program::Outcome;
use serde::Serialize;

use super::input;
use crate::domain::auto_reply;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say whether a program may answer a mail, and which rule says so
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The mail as it came (RFC 5322); - for standard input
    file: PathBuf,
    /// An address that we send from: mails from it are not answered
    #[arg(long, value_name = "ADDRESS", value_parser = EmailAddress::parse)]
    own: Vec<EmailAddress>,
    /// Answer in JSON, one object on one line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Explanation {
    verdict: &'static str,
    why: &'static str,
}

pub(super) fn run(command: &Command) -> Outcome {
    let Command::Explain(explain) = command;
    let verdict = auto_reply::judge(&input::read(&explain.file)?, &explain.own);
    let told = Explanation {
        verdict: verdict.answer.as_str(),
        why: verdict.why,
    };
    if explain.json {
        writeln!(
            io::stdout(),
            "{}",
            serde_json::to_string(&told).map_err(io::Error::from)?
        )?;
    } else {
        writeln!(io::stdout(), "{}: {}", told.verdict, told.why)?;
    }
    Ok(())
}
