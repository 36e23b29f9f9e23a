//! Bringing a database up to the schema of this program.

use sqlx::Connection;
use sqlx::migrate::Migrator;

use crate::config::{DatabaseConfig, PostgresError, bare_options};
use crate::writer::connect;

/// A change of a table that waits for its lock makes every later statement on that table wait too. The services'
/// own transactions end within 10 s, so a lock that is not had after this long is not had soon.
const LOCK_TIMEOUT: &str = "15s";

/// Applies what is missing, on a connection whose statements may take long. Programs that migrate the same
/// database at once wait for each other (advisory lock of sqlx).
///
/// # Errors
/// [`PostgresError::Migration`] if one failed or if the database was migrated by other files than these.
pub async fn migrate(config: &DatabaseConfig, migrator: &Migrator) -> Result<(), PostgresError> {
    let options = bare_options(config)?.options([("lock_timeout", LOCK_TIMEOUT)]);
    let mut connection = connect(&options).await?;
    migrator
        .run(&mut connection)
        .await
        .map_err(PostgresError::Migration)?;
    connection.close().await.map_err(PostgresError::Database)
}
