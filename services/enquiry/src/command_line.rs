//! The commands of the program `enquiry`.

mod dead_letters;
mod held;
mod outbox;
mod republish;
mod routes;
mod serve;
mod stuck;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use lifecycle::Supervisor;
use program::dead_letters::Command as DeadLetters;
use program::{
    Failure, Healthcheck, OutboxCommand, Outcome, Ports, Republish, ServeArgs, block_on, finish, healthcheck,
};
use settings::exit_code;

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
    /// Ask the service on this machine whether it lives, for containers without curl
    Healthcheck(Healthcheck),
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
    /// Publish the events again of what has no outcome, without waiting for its turn: Kafka was lost, for example
    Republish(Box<Republish<Settings>>),
    /// See what waits to be published
    #[command(subcommand)]
    Outbox(OutboxCommand<Settings>),
    /// See events that could not be handled, and publish them again
    #[command(subcommand)]
    DeadLetters(DeadLetters<Settings>),
}

/// What `serve` and `check-config` need.
#[derive(Debug, Args)]
struct ServeSettings {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    serve: ServeArgs,
}

/// The file that a command works on.
#[derive(Debug, Args)]
struct RoutesFile {
    /// Topics, teams and rules (TOML)
    #[arg(long = "routes-file", env = "ROUTES_FILE", default_value = "routes.toml")]
    routes_file: PathBuf,
}

const PORTS: Ports = Ports {
    public: 8082,
    admin: 8092,
};

/// Runs the command; what is wrong is told on standard error.
#[must_use]
pub fn run(command_line: CommandLine) -> ExitCode {
    finish(match command_line.command {
        Command::Serve(settings) => serve::serve(&settings),
        Command::Migrate(settings) => migrate_database(&settings),
        Command::Healthcheck(args) => healthcheck(&args, PORTS),
        Command::CheckConfig(settings) => serve::check(&settings),
        Command::Routes(command) => routes::run(command),
        Command::Held(command) => held::run(command),
        Command::Stuck(command) => stuck::run(command),
        Command::Republish(command) => republish::run(&command),
        Command::Outbox(command) => outbox::run(&command),
        Command::DeadLetters(command) => dead_letters::run(&command),
    })
}

fn migrate_database(settings: &Settings) -> Outcome {
    let config = settings.resolve()?;
    block_on(async { Ok(migrate(&config).await?) })
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

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Settings(_) | Error::Routes(_) => exit_code::USAGE,
            Error::Postgres(error) if error.is_wrong_setting() => exit_code::USAGE,
            Error::Postgres(_) | Error::Kafka(_) => exit_code::UNAVAILABLE,
            error if error.is_temporary() => exit_code::UNAVAILABLE,
            _ => exit_code::SOFTWARE,
        };
        Self::caused_by(code, &error)
    }
}
