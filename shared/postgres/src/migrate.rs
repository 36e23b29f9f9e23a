//! Bringing a database up to the schema of this program.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, PgConnection};

use crate::config::{DatabaseConfig, PostgresError, bare_options};
use crate::writer::connect;

/// A change of a table that waits for its lock makes every later statement on that table wait too. The services'
/// own transactions end within 10 s, so a lock that is not had after this long is not had soon.
const LOCK_TIMEOUT: &str = "15s";

/// So many tables are named to the person who gave us somebody else's database.
const TABLES_NAMED: i64 = 3;

/// Applies what is missing, on a connection whose statements may take long. Programs that migrate the same
/// database at once wait for each other (advisory lock of sqlx).
///
/// # Errors
/// [`PostgresError::ForeignTables`] or [`PostgresError::ForeignMigrations`] if the database is somebody else's;
/// nothing was changed in it then. [`PostgresError::Migration`] if a migration failed.
pub async fn migrate(config: &DatabaseConfig, migrator: &Migrator) -> Result<(), PostgresError> {
    let options = bare_options(config)?.options([("lock_timeout", LOCK_TIMEOUT)]);
    let mut connection = connect(&options).await?;
    refuse_foreign_tables(&mut connection).await?;
    if let Err(error) = migrator.run(&mut connection).await {
        return Err(match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
                PostgresError::ForeignMigrations {
                    database: name(&mut connection).await?,
                    version,
                }
            }
            error => PostgresError::Migration(error),
        });
    }
    connection.close().await.map_err(PostgresError::Database)
}

/// A database is ours if it is empty or has sqlx's list of migrations, which the migrator then compares with its own.
/// Tables of extensions are nobody's.
async fn refuse_foreign_tables(connection: &mut PgConnection) -> Result<(), PostgresError> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class
         where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
           and to_regclass('_sqlx_migrations') is null
           and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
         order by relname limit $1",
    )
    .bind(TABLES_NAMED)
    .fetch_all(&mut *connection)
    .await
    .map_err(PostgresError::Database)?;
    if tables.is_empty() {
        return Ok(());
    }
    Err(PostgresError::ForeignTables {
        database: name(connection).await?,
        tables: tables.join(", "),
    })
}

async fn name(connection: &mut PgConnection) -> Result<String, PostgresError> {
    sqlx::query_scalar("select current_database()::text")
        .fetch_one(connection)
        .await
        .map_err(PostgresError::Database)
}
