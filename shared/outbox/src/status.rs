//! What waits in an outbox and why, for whoever asks from outside: all of it is in the database, whichever process
//! publishes.

use std::time::Duration;

use postgres::{DatabaseConfig, PostgresError, connect, connect_options};
use serde::Serialize;
use sqlx::{Connection, FromRow};

/// Counting a whole day's backlog may take longer than a service may wait.
const STATEMENT_TIMEOUT: &str = "60s";
/// For the whole look.
const DEADLINE: Duration = Duration::from_secs(65);

/// The outbox of a service at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutboxStatus {
    /// Topics that something waits for or that fail, by name.
    pub topics: Vec<TopicStatus>,
    /// `None` if none has ever run.
    pub publisher: Option<Beat>,
}

/// What waits for one topic.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct TopicStatus {
    pub topic: String,
    /// Events that Kafka has not acknowledged.
    pub unsent: i64,
    /// For how many seconds the first of them has waited.
    pub oldest_unsent_age_seconds: Option<f64>,
    /// Since a batch was last taken as a whole; `None` where Kafka takes what goes there.
    pub failing_for_seconds: Option<f64>,
    /// How often it failed since then.
    pub failures: Option<i64>,
    /// What Kafka said last.
    pub last_error: Option<String>,
}

/// The sign of life of whoever publishes.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct Beat {
    /// Which process.
    pub holder: String,
    /// It beats once a second.
    pub beat_age_seconds: f64,
}

/// Looks at the outbox of this service over a connection of its own.
///
/// # Errors
/// What [`connect`] says; [`PostgresError::Database`] also when it does not answer within about a minute.
pub async fn status(database: &DatabaseConfig) -> Result<OutboxStatus, PostgresError> {
    let options = connect_options(database)?.options([("statement_timeout", STATEMENT_TIMEOUT)]);
    let mut connection = connect(&options).await?;
    let look = async {
        let topics = sqlx::query_as(
            "select topic, coalesce(unsent, 0) as unsent, oldest_unsent_age_seconds,
                    extract(epoch from clock_timestamp() - failing_since)::float8 as failing_for_seconds,
                    failures, error as last_error
             from (select topic, count(*) as unsent,
                          extract(epoch from clock_timestamp() - min(queued_at))::float8 as oldest_unsent_age_seconds
                   from outbox group by topic) as waiting
                  full join outbox_failures using (topic)
             order by topic",
        )
        .fetch_all(&mut connection)
        .await?;
        let publisher = sqlx::query_as(
            "select holder, extract(epoch from clock_timestamp() - beat_at)::float8 as beat_age_seconds
             from publisher_heartbeat",
        )
        .fetch_optional(&mut connection)
        .await?;
        Ok(OutboxStatus { topics, publisher })
    };
    let looked = tokio::time::timeout(DEADLINE, look).await;
    let status = looked
        .unwrap_or_else(|_| Err(timed_out()))
        .map_err(PostgresError::Database)?;
    // It was only looked at: a connection that does not end well changes nothing.
    let _ = connection.close().await;
    Ok(status)
}

fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}
