use clap::Parser;
use clap::error::ErrorKind;
use std::process::ExitCode;

/// Exit codes that people's scripts may rely on (sysexits.h).
pub mod exit_code {
    /// A setting or an argument is wrong, or a port is taken.
    pub const USAGE: u8 = 64;
    /// Something that the command needs cannot be reached or is not installed.
    pub const UNAVAILABLE: u8 = 69;
    /// A task died of a panic; the process stopped in good order.
    pub const SOFTWARE: u8 = 70;
}

/// Reads the command line and the environment.
///
/// # Errors
/// The code to end the process with: success after `--help` or `--version`, [`exit_code::USAGE`] when something is
/// wrong. What the user must read has been printed already.
pub fn parse<T: Parser>() -> Result<T, ExitCode> {
    T::try_parse().map_err(|error| {
        let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        // A closed terminal is no reason to end with another code.
        let _ = error.print();
        if asked_for {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(exit_code::USAGE)
        }
    })
}
