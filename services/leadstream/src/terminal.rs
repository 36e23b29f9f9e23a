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
    let _ = writeln!(io::stderr(), "{}", program::with_causes(error));
}
