//! What the person who started the program reads. Log lines go elsewhere: to standard error, through `telemetry`.

use std::fmt::Display;
use std::io::{self, Write};

use crate::error::Error;

/// Says one line on standard output.
pub fn say(line: impl Display) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(io::stdout(), "{line}");
}

/// Says what went wrong, with its causes, on standard error.
pub fn complain(error: &Error) {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.contains(&next) {
            words = format!("{words}: {next}");
        }
        cause = error.source();
    }
    let _ = writeln!(io::stderr(), "{words}");
}
