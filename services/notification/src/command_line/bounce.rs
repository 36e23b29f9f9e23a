//! `notification bounce explain`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use program::Outcome;
use serde::Serialize;

use super::input;
use crate::domain::bounce::{self, Bounce, Recipient};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say of whom a mail to the bounce address reports what, and which rule says so
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The mail as it came (RFC 5322); - for standard input
    file: PathBuf,
    /// Answer in JSON, an array on one line
    #[arg(long)]
    json: bool,
}

/// The operator has the mail already: here the address is shown.
#[derive(Serialize)]
struct Explanation<'a> {
    recipient: Option<&'a str>,
    class: &'static str,
    status: Option<String>,
    action: Option<&'static str>,
    why: &'static str,
}

pub(super) fn run(command: &Command) -> Outcome {
    let Command::Explain(explain) = command;
    let bounces = bounce::read(&input::read(&explain.file)?);
    let told: Vec<Explanation> = bounces.iter().map(Explanation::of).collect();
    if explain.json {
        writeln!(
            io::stdout(),
            "{}",
            serde_json::to_string(&told).map_err(io::Error::from)?
        )?;
        return Ok(());
    }
    for bounce in told {
        let recipient = bounce.recipient.unwrap_or("nobody who is named");
        let facts: Vec<&str> = bounce
            .action
            .into_iter()
            .chain(bounce.status.as_deref())
            .collect();
        let facts = if facts.is_empty() {
            String::new()
        } else {
            format!(" ({})", facts.join(" "))
        };
        writeln!(
            io::stdout(),
            "{recipient}: {}{facts}: {}",
            bounce.class,
            bounce.why
        )?;
    }
    Ok(())
}

impl<'a> Explanation<'a> {
    fn of(bounce: &'a Bounce) -> Self {
        Self {
            recipient: bounce.recipient.as_ref().map(Recipient::expose),
            class: bounce.class.as_str(),
            status: bounce.status.map(|status| status.to_string()),
            action: bounce.action.map(bounce::Action::as_str),
            why: bounce.why,
        }
    }
}
