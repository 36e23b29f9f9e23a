//! The all-in-one program.

use std::process::ExitCode;

use leadstream::command_line::{self, CommandLine};

fn main() -> ExitCode {
    match settings::parse::<CommandLine>() {
        Ok(command_line) => command_line::run(command_line),
        Err(code) => code,
    }
}
