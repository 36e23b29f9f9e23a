//! What is shown: progress on standard error, the table on standard output.

use std::sync::LazyLock;
use std::time::Instant;

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A line that says what goes on, with the seconds since the start.
#[expect(clippy::print_stderr, reason = "a program that people watch")]
pub fn progress(what: &str) {
    eprintln!("{:>4} s  {what}", BEGIN.elapsed().as_secs());
}

/// The result.
#[expect(clippy::print_stdout, reason = "what the program was run for")]
pub fn show(text: &str) {
    println!("{text}");
}
