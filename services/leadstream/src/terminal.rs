//! What the person who started the program reads. Log lines go elsewhere: to standard error, through `telemetry`.

use std::fmt::Display;
use std::io::{self, Write};

/// Says one line on standard output.
pub fn say(line: impl Display) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(io::stdout(), "{line}");
}
