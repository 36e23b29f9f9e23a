//! Where the database is, and the session settings that every connection gets.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// A service's database. `Debug` shows no address: it may hold a password.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host:port/database`, or with `?host=/directory` for a unix socket.
    pub url: SecretString,
    /// Upper bound of the pool, 1 or more. The writer and the publisher have connections of their own.
    pub max_connections: u32,
    /// Name of the service, shown by the server as `leadstream-<service>`.
    pub service: &'static str,
}

impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("max_connections", &self.max_connections)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Why a database cannot be used. No text of it repeats the address.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The address cannot be read: a wrong setting, not an outage.
    #[error("the database address is not a Postgres URL")]
    Address,
    /// The server did not take a connection in time.
    #[error("no connection to Postgres within {} s", .0.as_secs())]
    ConnectTimeout(Duration),
    /// The server refused the connection or a statement.
    #[error("Postgres refused")]
    Database(#[source] sqlx::Error),
    /// The database is somebody else's: it holds tables, and none of them says that we made it.
    #[error(
        "the database {database} holds tables that Leadstream did not make ({tables}): name an empty database in its place"
    )]
    ForeignTables { database: String, tables: String },
    /// The database was migrated by files that neither this program nor a newer release of it has.
    #[error(
        "the database {database} was migrated by another program, or by files that were changed since (migration {version})"
    )]
    ForeignMigrations { database: String, version: i64 },
    /// A migration could not be applied; what was applied before it stays.
    #[error("a migration failed")]
    Migration(#[source] sqlx::migrate::MigrateError),
}

impl PostgresError {
    /// Whether the address is at fault, or leads to a database that is not ours: trying again does not help.
    #[must_use]
    pub fn is_wrong_setting(&self) -> bool {
        matches!(
            self,
            Self::Address | Self::ForeignTables { .. } | Self::ForeignMigrations { .. }
        )
    }
}

/// The settings of every session. Each is a bound on how long one request can hold something.
///
/// `synchronous_commit` is set because an answered 2xx promises durability, whatever the server's default says.
/// `tcp_user_timeout` lets the server give up a client that vanished, with the locks that it holds.
const SESSION: [(&str, &str); 6] = [
    ("statement_timeout", "5s"),
    ("lock_timeout", "2s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("tcp_user_timeout", "10s"),
    ("synchronous_commit", "on"),
    ("jit", "off"),
];

/// Options of a connection with the session settings of this crate.
///
/// # Errors
/// [`PostgresError::Address`] if the URL cannot be read.
pub fn connect_options(config: &DatabaseConfig) -> Result<PgConnectOptions, PostgresError> {
    Ok(bare_options(config)?.options(SESSION))
}

/// Options of a connection with no bound on its statements.
pub(crate) fn bare_options(config: &DatabaseConfig) -> Result<PgConnectOptions, PostgresError> {
    let url = config.url.expose_secret();
    // sqlx reads a URL of any scheme as one of Postgres.
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(PostgresError::Address);
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| PostgresError::Address)?;
    // sqlx logs each statement's text, at a cost even where nobody reads it; the server's own log has the slow ones.
    Ok(options
        .application_name(&format!("leadstream-{}", config.service))
        .disable_statement_logging())
}
