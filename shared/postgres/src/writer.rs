//! Connections outside the pool: one owner each, no checks on the way.

use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::timeout;

use crate::config::{DatabaseConfig, PostgresError, connect_options};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The server gives a statement of the writer up after this long. The writer's own clock runs as long and then
/// drops the connection: the server's bound is there for the statement that goes on without a client.
pub const WRITER_STATEMENT_TIMEOUT: Duration = Duration::from_millis(1500);

/// A connection of one's own with the session settings of this crate, or an error within 2 s.
///
/// # Errors
/// [`PostgresError::ConnectTimeout`] and [`PostgresError::Database`]; the first may be tried again at once, both later.
pub async fn connect(options: &PgConnectOptions) -> Result<PgConnection, PostgresError> {
    match timeout(CONNECT_TIMEOUT, options.connect()).await {
        Ok(connected) => connected.map_err(PostgresError::Database),
        Err(_) => Err(PostgresError::ConnectTimeout(CONNECT_TIMEOUT)),
    }
}

/// The connection of a batch writer on the hot path: [`WRITER_STATEMENT_TIMEOUT`], shorter waits for locks.
///
/// # Errors
/// As [`connect`], and [`PostgresError::Address`].
pub async fn writer_connection(config: &DatabaseConfig) -> Result<PgConnection, PostgresError> {
    let options = connect_options(config)?.options([
        (
            "statement_timeout",
            format!("{}ms", WRITER_STATEMENT_TIMEOUT.as_millis()),
        ),
        ("lock_timeout", "1s".to_owned()),
    ]);
    connect(&options).await
}
