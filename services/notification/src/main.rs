//! The notification service as a program of its own.

use std::process::ExitCode;

use notification::command_line::{self, CommandLine};

fn main() -> ExitCode {
    match settings::parse::<CommandLine>() {
        Ok(command_line) => command_line::run(command_line),
        Err(code) => code,
    }
}
