use std::io::{self, Write};

use clap::Args;
use settings::exit_code;

use crate::{Failure, Outcome};

/// Whether somebody must say yes before much is changed.
#[derive(Debug, Clone, Copy, Args)]
pub struct Confirmation {
    /// Do not ask, however much it is
    #[arg(long)]
    yes: bool,
}

impl Confirmation {
    /// Asks on standard error, unless `--yes` was given, and reads the answer from standard input.
    ///
    /// # Errors
    /// Anything but a yes, also the end of the input where nobody can be asked: exit code 64, nothing was changed.
    pub fn ask(self, question: &str) -> Outcome {
        if self.yes {
            return Ok(());
        }
        write!(io::stderr(), "{question} [y/N] ")?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Ok(());
        }
        Err(Failure::new(
            exit_code::USAGE,
            "nothing was changed: nobody said yes, and --yes was not given",
        ))
    }
}
