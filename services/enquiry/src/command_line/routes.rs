//! `enquiry routes check` and `enquiry routes explain`.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use contracts::{EmailAddress, Slug};
use settings::exit_code;

use super::{Failure, Outcome, RoutesFile};
use crate::config::read_routes;
use crate::domain::route::Question;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what is wrong with the routes file, by line
    Check {
        /// The file to check
        #[arg(env = "ROUTES_FILE", default_value = "routes.toml")]
        file: PathBuf,
    },
    /// Say which rule takes a question, why, and why those before it do not
    Explain(Explain),
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    file: RoutesFile,
    /// Slug of the topic
    #[arg(long)]
    topic: String,
    /// What is asked
    #[arg(long)]
    message: String,
    /// Address of who asks
    #[arg(long)]
    email: String,
    /// Slug of the campaign, where there is one
    #[arg(long)]
    campaign: Option<String>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: Command) -> Outcome {
    match command {
        Command::Check { file } => check(&file),
        Command::Explain(question) => explain(&question),
    }
}

fn check(file: &std::path::Path) -> Outcome {
    let table = read_routes(file)?;
    writeln!(
        io::stdout(),
        "{}: {} topics, {} teams, {} rules; all of it is right",
        file.display(),
        table.topics.len(),
        table.teams.len(),
        table.rules.len() + 1
    )?;
    Ok(())
}

fn explain(asked: &Explain) -> Outcome {
    let table = read_routes(&asked.file.routes_file)?;
    let topic = table
        .topic(&asked.topic)
        .ok_or_else(|| wrong("--topic", "is no topic of the routes file"))?;
    let address = EmailAddress::parse(&asked.email).map_err(|error| wrong("--email", error))?;
    let campaign = asked
        .campaign
        .as_deref()
        .map(Slug::parse)
        .transpose()
        .map_err(|error| wrong("--campaign", error))?;
    let question = Question::new(&topic.slug, &asked.message, &address, campaign.as_ref());
    let explanation = table.explain(&question);
    let mut out = io::stdout().lock();
    if asked.json {
        serde_json::to_writer_pretty(&mut out, &explanation).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{explanation}")?;
    }
    Ok(())
}

fn wrong(argument: &str, problem: impl std::fmt::Display) -> Failure {
    Failure::new(exit_code::USAGE, format!("{argument}: {problem}"))
}
