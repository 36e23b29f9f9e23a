use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use settings::{SettingsError, exit_code};

/// Why a command ended: what to print, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    code: u8,
    words: String,
}

/// How a command ended.
pub type Outcome = Result<(), Failure>;

impl Failure {
    /// A failure in words of one's own.
    pub fn new(code: u8, words: impl Display) -> Self {
        Self {
            code,
            words: words.to_string(),
        }
    }

    /// An error with its causes: an operator asked for this, so the database's own words help.
    pub fn caused_by(code: u8, error: &dyn Error) -> Self {
        Self {
            code,
            words: with_causes(error),
        }
    }

    /// The exit code (see [`settings::exit_code`]).
    #[must_use]
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::new(exit_code::USAGE, error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(exit_code::UNAVAILABLE, error)
    }
}

/// An error and its causes as one line; what a cause repeats is said once.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
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

/// Tells what is wrong on standard error; the result is what `main` returns.
#[must_use]
pub fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told that standard error is closed.
            let _ = writeln!(io::stderr(), "{}", failure.words);
            ExitCode::from(failure.code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("Postgres refused")]
    struct Refused(#[source] io::Error);

    #[test]
    fn an_error_is_told_with_its_causes() {
        let error = Refused(io::Error::other("password authentication failed"));
        assert_eq!(
            with_causes(&error),
            "Postgres refused: password authentication failed"
        );
    }

    #[test]
    fn a_wrong_setting_ends_with_64_and_its_sentence() {
        let failure = Failure::from(SettingsError::new("SMTP_URL", "is missing"));
        assert_eq!(
            failure,
            Failure {
                code: 64,
                words: "SMTP_URL is missing.".to_owned()
            }
        );
    }
}
