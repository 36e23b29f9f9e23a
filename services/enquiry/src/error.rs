//! What can go wrong, and where a database's refusal becomes one of ours.
//!
//! `Display` is for the log: it holds no personal data. The words for a visitor are chosen where the answer is made.

use postgres::{PostgresError, Unknown};
use settings::SettingsError;
use web::Problem;

use crate::domain::routes_file::RoutesError;

const REFERENCE_UNIQUE: &str = "enquiries_reference_unique";

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is out of reach. Nothing is known to be written.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database did not answer in time. Whether something was written is not known.
    #[error("the database did not answer in time")]
    OutcomeUnknown,
    /// Another enquiry has this reference number already.
    #[error("the reference number is taken")]
    ReferenceTaken,
    /// The idempotency key came before, with another body.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The database refused what a check before it should have refused: a mistake in this program.
    #[error("the database refused the data")]
    Refused(#[source] sqlx::Error),
    /// The database refused the statement: a mistake in this program.
    #[error("the database refused the statement")]
    Database(#[source] sqlx::Error),
    /// A row holds what this program cannot read.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// A task of this program died.
    #[error("a task of this program died")]
    Died,
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("{0}")]
    Routes(#[from] RoutesError),
    #[error("the database cannot be used: {0}")]
    Postgres(#[from] PostgresError),
    #[error("Kafka cannot be used: {0}")]
    Kafka(#[from] kafka::KafkaError),
    #[error("a metric is registered twice")]
    Metrics(#[from] prometheus::Error),
}

impl Error {
    /// Whether the same may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_)
                | Self::OutcomeUnknown
                | Self::Kafka(kafka::KafkaError::Unavailable(_))
                | Self::Postgres(PostgresError::ConnectTimeout(_) | PostgresError::Database(_))
        )
    }
}

impl From<Unknown> for Error {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::TooLate => Self::OutcomeUnknown,
            Unknown::Died => Self::Died,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let constraint = error.as_database_error().and_then(|error| error.constraint());
        if constraint == Some(REFERENCE_UNIQUE) {
            return Self::ReferenceTaken;
        }
        if postgres::is_unavailable(&error) || postgres::is_serialization(&error) {
            return Self::Unavailable(error);
        }
        if postgres::is_data_error(&error) {
            return Self::Refused(error);
        }
        Self::Database(error)
    }
}

/// The answer of an API.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.is_temporary() {
            tracing::warn!(%error, "answered 503");
            return Self::unavailable();
        }
        if matches!(error, Error::IdempotencyKeyReused) {
            return Self::idempotency_key_reused();
        }
        tracing::error!(error = &error as &dyn std::error::Error, "answered 500");
        Self::internal()
    }
}
