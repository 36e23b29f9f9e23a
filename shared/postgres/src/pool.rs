//! The pool for everything but the hot path, with two hooks that keep bad connections out of it.

use std::io;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use tokio::time::timeout;

use crate::config::{DatabaseConfig, PostgresError, connect_options};

/// A form waits no longer than this for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// Connections are renewed this often, so that a pool finds its way back after a change of the primary.
const MAX_LIFETIME: Duration = Duration::from_secs(600);
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// A connection whose server does not answer a hook within this time is closed: nobody else would end the wait for a
/// server that is frozen, and a connection that is on its way back keeps its place in the pool until then.
const HOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// A pool that connects when it is first used, so that a service starts without its database.
/// A future that is dropped in mid-transaction cannot spoil a connection for the next borrower (see README).
///
/// # Errors
/// [`PostgresError::Address`] if the URL cannot be read.
pub fn pool(config: &DatabaseConfig) -> Result<PgPool, PostgresError> {
    Ok(PgPoolOptions::new()
        .max_connections(config.max_connections)
        .min_connections(0)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(MAX_LIFETIME)
        .idle_timeout(IDLE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(is_fit_in_time(connection)))
        .after_release(|connection, _| Box::pin(is_fit_in_time(connection)))
        .connect_lazy_with(connect_options(config)?))
}

/// Whether the database answers and can be written to, within a second. For a readiness probe.
pub async fn ping(pool: &PgPool) -> bool {
    let answer = timeout(PING_TIMEOUT, async { is_fit(&mut *pool.acquire().await?).await });
    matches!(answer.await, Ok(Ok(true)))
}

/// An error makes sqlx close the connection without another word to the server.
async fn is_fit_in_time(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
    timeout(HOOK_TIMEOUT, is_fit(connection))
        .await
        .unwrap_or_else(late)
}

/// Not inside somebody's transaction, and on a primary: a server that was demoted keeps its connections open.
///
/// By the simple protocol: the extended one takes the time of a statement once more when it executes it, and then
/// no statement is as old as its transaction. An aborted transaction answers with an error, which discards it too.
async fn is_fit(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let answer = sqlx::raw_sql(
        "select now() = statement_timestamp()
            and not pg_is_in_recovery()
            and current_setting('transaction_read_only') = 'off'",
    );
    answer.fetch_one(connection).await?.try_get(0)
}
