//! What can go wrong, and where a database's refusal becomes one of ours.
//!
//! `Display` is for the log: it never holds personal data. Words for the visitor are chosen where the answer is made,
//! by [`Error::answer`].

use contracts::Slug;
use postgres::{PostgresError, Unknown};
use settings::SettingsError;

use crate::domain::link_token::LinkError;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue of the writer is full, or an entry has waited too long in it. Nothing was written.
    #[error("too many signups wait for the database")]
    Busy,
    /// The database is out of reach. Nothing that was asked for is known to be done.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database did not answer in time. Whether it did what was asked is not known; a retry is safe.
    #[error("the database did not answer in time")]
    OutcomeUnknown,
    /// The idempotency key came before, with another body.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The link is not one of ours, not for this, or too old.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The campaign leads to another offer.
    #[error("campaign {campaign} belongs to offer {offer}")]
    CampaignTaken { campaign: Slug, offer: Slug },
    /// The database refused what a check before it should have refused: a mistake in this program.
    #[error("the database refused the data (SQLSTATE {sqlstate})")]
    Refused { sqlstate: String },
    /// The database refused the statement: a mistake in this program.
    #[error("the database refused the statement")]
    Database(#[source] sqlx::Error),
    /// A row holds what this program cannot read.
    #[error("a stored {0} cannot be read")]
    Unreadable(&'static str),
    /// Another request waited for the same, and this became of it.
    #[error(transparent)]
    Shared(std::sync::Arc<Self>),
    /// A task of this program died.
    #[error("a task of this program died")]
    Died,
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("the database cannot be used")]
    Postgres(#[from] PostgresError),
    #[error("Kafka cannot be used")]
    Kafka(#[from] kafka::KafkaError),
    #[error("a metric is registered twice")]
    Metrics(#[from] prometheus::Error),
}

/// What kind of answer an error is, whoever asks: HTTP picks the status by it, the command line the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Try again in a moment: 503 with `Retry-After`.
    TryAgain,
    /// The idempotency key came with another body: 422.
    KeyReused,
    /// One page for every link that does not work.
    DeadLink,
    /// What was asked contradicts what is there: 409.
    Conflict,
    /// Our mistake: 500.
    Internal,
}

impl Error {
    /// What kind of answer this is.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self {
            Self::Busy | Self::Unavailable(_) | Self::OutcomeUnknown | Self::Kafka(_) => Answer::TryAgain,
            Self::Postgres(PostgresError::ConnectTimeout(_)) => Answer::TryAgain,
            Self::Shared(error) => error.answer(),
            Self::IdempotencyKeyReused => Answer::KeyReused,
            Self::Link(_) => Answer::DeadLink,
            Self::CampaignTaken { .. } => Answer::Conflict,
            Self::Refused { .. }
            | Self::Database(_)
            | Self::Unreadable(_)
            | Self::Died
            | Self::Settings(_)
            | Self::Postgres(_)
            | Self::Metrics(_) => Answer::Internal,
        }
    }

    /// Whether the same may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.answer() == Answer::TryAgain
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
            Self::Unavailable(error)
        } else if postgres::is_data_error(&error) {
            Self::Refused {
                sqlstate: sqlstate(&error),
            }
        } else {
            Self::Database(error)
        }
    }
}

/// The server's code for what is wrong. Its words may quote values, so they are not for the log.
pub(crate) fn sqlstate(error: &sqlx::Error) -> String {
    let code = error.as_database_error().and_then(|error| error.code());
    code.map(std::borrow::Cow::into_owned).unwrap_or_default()
}
