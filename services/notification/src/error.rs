//! What can go wrong, and where a database's refusal becomes one of ours.
//!
//! `Display` is for the log: it holds no personal data, and never what Postgres says, which can quote a value.

use postgres::{PostgresError, Unknown};
use settings::SettingsError;
use web::Problem;

use crate::mail::render::TemplateError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is out of reach. Nothing is known to be written.
    #[error("the database is not available{}", code(.0))]
    Unavailable(#[source] sqlx::Error),
    /// The database did not answer in time. Whether something was written is not known; to try again is safe.
    #[error("the database did not answer in time")]
    OutcomeUnknown,
    /// The database refuses a value, and would again.
    #[error("the database refuses a value{}", code(.0))]
    Refused(#[source] sqlx::Error),
    /// The database refused the statement: a mistake in this program.
    #[error("the database refused the statement{}", code(.0))]
    Database(#[source] sqlx::Error),
    /// A task of this program died.
    #[error("a task of this program died")]
    Died,
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("the database cannot be used")]
    Postgres(#[from] PostgresError),
    #[error("Kafka cannot be used")]
    Kafka(#[from] kafka::KafkaError),
    /// The port of LMTP.
    #[error(transparent)]
    Bind(#[from] web::BindError),
    #[error("a port cannot be put to work")]
    Listen(#[source] std::io::Error),
    #[error("a metric is registered twice")]
    Metrics(#[from] prometheus::Error),
    #[error("a template that is compiled in is wrong: {0}")]
    Template(#[from] TemplateError),
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
        if postgres::is_unavailable(&error) || postgres::is_serialization(&error) {
            return Self::Unavailable(error);
        }
        if postgres::is_data_error(&error) {
            return Self::Refused(error);
        }
        Self::Database(error)
    }
}

/// The SQLSTATE, or what the network says: all of Postgres' words that hold no value.
fn code(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) => format!(" ({})", error.kind()),
        error => {
            let code = error.as_database_error().and_then(|error| error.code());
            code.map(|code| format!(" (SQLSTATE {code})")).unwrap_or_default()
        }
    }
}

/// The answer of an API.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if error.is_temporary() {
            tracing::warn!(%error, "answered 503");
            return Self::unavailable();
        }
        tracing::error!(%error, "answered 500");
        Self::internal()
    }
}
