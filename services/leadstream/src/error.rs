//! Why the all-in-one could not start or had to stop, in words for the person at the terminal.

use std::io;
use std::path::PathBuf;

use engines::EngineError;
use mailbox::MailboxError;
use postgres::PostgresError;
use settings::{SettingsError, exit_code};
use telemetry::LogError;

use crate::keys::KeyError;

/// Everything that can end `leadstream serve`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Port(#[from] web::BindError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error("The data directory {path} cannot be used", path = path.display())]
    DataDir { path: PathBuf, source: io::Error },
    #[error("The offers in {path} cannot be read", path = path.display())]
    OffersDir { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Offer(#[from] signup::domain::offer_folder::FolderError),
    #[error("The database {name} cannot be had")]
    Database {
        name: &'static str,
        source: PostgresError,
    },
    #[error("signup cannot start")]
    Signup(#[from] signup::error::Error),
    #[error("enquiry cannot start")]
    Enquiry(#[from] enquiry::error::Error),
    #[error("notification cannot start")]
    Notification(#[from] notification::error::Error),
    #[error("The start page cannot be rendered")]
    StartPage(#[from] askama::Error),
    #[error("The metrics cannot be registered")]
    Metrics(#[from] prometheus::Error),
    #[error("A server failed")]
    Server(#[from] io::Error),
    #[error("A task died: the log says which")]
    TaskDied,
}

impl Error {
    /// The code that the process ends with (sysexits.h).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::Port(_) | Self::Log(_) | Self::Offer(_) | Self::OffersDir { .. } => {
                exit_code::USAGE
            }
            Self::Engine(EngineError::Missing(_)) | Self::Database { .. } => exit_code::UNAVAILABLE,
            Self::Enquiry(enquiry::error::Error::Routes(_) | enquiry::error::Error::Settings(_))
            | Self::Notification(notification::error::Error::Settings(_)) => exit_code::USAGE,
            _ => exit_code::SOFTWARE,
        }
    }
}
