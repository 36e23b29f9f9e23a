//! The commands of the program `notification`.

mod auto_reply;
mod bounce;
mod dead_letters;
mod dkim;
mod doctor;
mod input;
mod ledger;
mod outbox;
mod reply;
mod serve;
mod suppressions;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use lifecycle::Supervisor;
use program::dead_letters::Command as DeadLetters;
use program::{
    Failure, Healthcheck, OutboxCommand, Outcome, Ports, ServeArgs, block_on, finish, healthcheck,
};
use settings::exit_code;

use crate::app::{App, migrate};
use crate::config::Settings;
use crate::error::Error;

/// Keeps the ledger of mails that are owed, and sends them
#[derive(Debug, Parser)]
#[command(name = "notification", version)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take requests from Kafka and send mails until SIGINT or SIGTERM
    Serve(Box<ServeSettings>),
    /// Bring the database up to this program, and make missing topics where KAFKA_CREATE_TOPICS says so
    Migrate(Box<Settings>),
    /// Ask the service on this machine whether it lives, for containers without curl
    Healthcheck(Healthcheck),
    /// Check the settings, and do nothing else
    CheckConfig(Box<ServeSettings>),
    /// Look at DNS, relays and a real mail before a launch, and say what to do
    Doctor(Box<doctor::Doctor>),
    /// Make keys that mails are signed with, and print their DNS records
    #[command(subcommand)]
    Dkim(dkim::Command),
    /// Try mails again, or call them off
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// See and change who must not be mailed
    #[command(subcommand)]
    Suppressions(suppressions::Command),
    /// See what waits to be published
    #[command(subcommand)]
    Outbox(OutboxCommand<Settings>),
    /// See events that could not be handled, and publish them again
    #[command(subcommand)]
    DeadLetters(DeadLetters<Settings>),
    /// Explain what a relay's reply means
    #[command(subcommand)]
    Reply(reply::Command),
    /// Explain what a mail to the bounce address means
    #[command(subcommand)]
    Bounce(bounce::Command),
    /// Explain whether a mail may be answered by a program
    #[command(subcommand)]
    AutoReply(auto_reply::Command),
}

/// What `serve` and `check-config` need.
#[derive(Debug, Args)]
struct ServeSettings {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    serve: ServeArgs,
}

const PORTS: Ports = Ports {
    public: 8083,
    admin: 8093,
};

/// Runs the command; what is wrong is told on standard error.
#[must_use]
pub fn run(command_line: CommandLine) -> ExitCode {
    finish(match command_line.command {
        Command::Serve(settings) => serve::serve(&settings),
        Command::Migrate(settings) => migrate_database(&settings),
        Command::Healthcheck(args) => healthcheck(&args, PORTS),
        Command::CheckConfig(settings) => serve::check(&settings),
        Command::Doctor(doctor) => doctor::run(&doctor),
        Command::Dkim(command) => dkim::run(&command),
        Command::Ledger(command) => ledger::run(&command),
        Command::Suppressions(command) => suppressions::run(&command),
        Command::Outbox(command) => outbox::run(&command),
        Command::DeadLetters(command) => dead_letters::run(&command),
        Command::Reply(command) => reply::run(&command),
        Command::Bounce(command) => bounce::run(&command),
        Command::AutoReply(command) => auto_reply::run(&command),
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
    let mut config = settings.resolve()?;
    // The service that serves has this port.
    config.lmtp = None;
    block_on(async {
        let supervisor = Supervisor::new();
        work(App::build(config, &supervisor)?).await
    })
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Settings(_) | Error::Bind(_) => exit_code::USAGE,
            Error::Postgres(error) if error.is_wrong_setting() => exit_code::USAGE,
            Error::Postgres(_) | Error::Kafka(_) => exit_code::UNAVAILABLE,
            error if error.is_temporary() => exit_code::UNAVAILABLE,
            _ => exit_code::SOFTWARE,
        };
        Self::caused_by(code, &error)
    }
}
