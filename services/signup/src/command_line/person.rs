//! `signup person erase`.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use contracts::EmailAddress;
use settings::exit_code;

use super::{Failure, Outcome, with_app};
use crate::app::App;
use crate::commands::erase_address;
use crate::config::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Erase whoever reads an address: here at once, in the other services when they confirm
    Erase(Box<Erase>),
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// The person's email address
    address: String,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: Command) -> Outcome {
    let Command::Erase(erase) = command;
    let address =
        EmailAddress::parse(&erase.address).map_err(|error| Failure::new(exit_code::USAGE, error))?;
    with_app(&erase.settings, async |app| {
        erase_everywhere(&app, &address).await
    })
}

async fn erase_everywhere(app: &App, address: &EmailAddress) -> Outcome {
    let person = erase_address(app.state(), address).await?;
    writeln!(
        io::stdout(),
        "person {person} is erased here; the other services are told"
    )?;
    Ok(())
}
