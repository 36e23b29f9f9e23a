//! The commands of the program `leadstream`; without one it serves.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Settings;
use crate::serve;

/// Leadstream on one machine: Postgres, Kafka, a mailbox and the three services, from one command
#[derive(Debug, Parser)]
#[command(name = "leadstream", version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything, until Ctrl-C (this is also what happens without a command)
    Serve(Box<Settings>),
    /// Stand between this program and its engines; started by the program itself
    #[command(hide = true)]
    EngineGuard {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

/// Runs the command; what is wrong is told on standard error.
///
/// It must be called on the main thread, before any runtime: the guard's engines are tied to the thread that starts
/// them.
#[must_use]
pub fn run(command_line: CommandLine) -> ExitCode {
    let settings = match command_line.command {
        Some(Command::EngineGuard { arguments }) => return engines::guard_main(arguments),
        Some(Command::Serve(settings)) => *settings,
        None => command_line.settings,
    };
    program::finish(serve::serve(&settings))
}
