//! The commands of the program `enquiry`.

mod held;
mod routes;
mod serve;
mod stuck;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use lifecycle::Supervisor;
use settings::{HttpArgs, LogArgs, exit_code};

use crate::app::{App, migrate};
use crate::config::Settings;
use crate::error::Error;

/// Takes questions of visitors and sends each to the right team
#[derive(Debug, Parser)]
#[command(name = "enquiry", version)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the contact page and the API until SIGINT or SIGTERM
    Serve(Box<ServeSettings>),
    /// Bring the database up to this program, and make missing topics where KAFKA_CREATE_TOPICS says so
    Migrate(Box<Settings>),
    /// Check the settings and the routes file, and do nothing else
    CheckConfig(Box<ServeSettings>),
    /// Check the routes file, or explain where a question goes
    #[command(subcommand)]
    Routes(routes::Command),
    /// Look at enquiries that a program seems to have sent, and let them through
    #[command(subcommand)]
    Held(held::Command),
    /// Start anew with enquiries whose event was published again and again without an answer
    #[command(subcommand)]
    Stuck(stuck::Command),
}

/// What `serve` needs besides the settings of every command.
#[derive(Debug, Args)]
struct ServeSettings {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// The file that a command works on.
#[derive(Debug, Args)]
struct RoutesFile {
    /// Topics, teams and rules (TOML)
    #[arg(long = "routes-file", env = "ROUTES_FILE", default_value = "routes.toml")]
    routes_file: PathBuf,
}

/// Why a command ended: what to print, and the exit code.
#[derive(Debug)]
struct Failure {
    code: u8,
    words: String,
}

type Outcome = Result<(), Failure>;

/// Runs the command; what is wrong is told on standard error.
#[must_use]
pub fn run(command_line: CommandLine) -> ExitCode {
    let outcome = match command_line.command {
        Command::Serve(settings) => serve::serve(&settings),
        Command::Migrate(settings) => migrate_database(&settings),
        Command::CheckConfig(settings) => serve::check(&settings),
        Command::Routes(command) => routes::run(command),
        Command::Held(command) => held::run(command),
        Command::Stuck(command) => stuck::run(command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told that standard error is closed.
            let _ = writeln!(io::stderr(), "{}", failure.words);
            ExitCode::from(failure.code)
        }
    }
}

fn migrate_database(settings: &Settings) -> Outcome {
    let config = settings.resolve()?;
    block_on(async { migrate(&config).await })
}

/// Runs one piece of work on the service, without serving anything.
fn with_app<F>(settings: &Settings, work: impl FnOnce(App) -> F) -> Outcome
where
    F: Future<Output = Outcome>,
{
    let config = settings.resolve()?;
    block_on(async {
        let supervisor = Supervisor::new();
        work(App::build(config, &supervisor)?).await
    })
}

fn block_on<E>(work: impl Future<Output = Result<(), E>>) -> Outcome
where
    Failure: From<E>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(exit_code::UNAVAILABLE, &error))?;
    Ok(runtime.block_on(work)?)
}

impl Failure {
    fn new(code: u8, words: &impl ToString) -> Self {
        Self {
            code,
            words: words.to_string(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Settings(_) | Error::Routes(_) => exit_code::USAGE,
            Error::Postgres(postgres::PostgresError::Address) => exit_code::USAGE,
            Error::Kafka(_) => exit_code::UNAVAILABLE,
            error if error.is_temporary() => exit_code::UNAVAILABLE,
            _ => exit_code::SOFTWARE,
        };
        Self::new(code, &chain(&error))
    }
}

impl From<settings::SettingsError> for Failure {
    fn from(error: settings::SettingsError) -> Self {
        Self::new(exit_code::USAGE, &error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(exit_code::UNAVAILABLE, &error)
    }
}

/// An error with its causes: an operator asked for this, so the database's own words help.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.contains(&next) {
            words = format!("{words}: {next}");
        }
        cause = error.source();
    }
    words
}
