//! Bringing a database up to the schema of this program.

use sqlx::migrate::{AppliedMigration, Migrate as _, MigrateError, Migration, Migrator};
use sqlx::{Connection, PgConnection};

use crate::config::{DatabaseConfig, PostgresError, bare_options};
use crate::writer::connect;

/// A change of a table that waits for its lock makes every later statement on that table wait too. The services'
/// own transactions end within 10 s, so a lock that is not had after this long is not had soon.
const LOCK_TIMEOUT: &str = "15s";

/// So many tables are named to the person who gave us somebody else's database.
const TABLES_NAMED: i64 = 3;

/// Applies what is missing, on a connection whose statements may take long; programs that migrate at once wait for each
/// other. A database that a newer release has migrated is left as it is, so that the way back may run this, too.
///
/// # Errors
/// [`PostgresError::ForeignTables`] or [`PostgresError::ForeignMigrations`] if the database is somebody else's;
/// nothing was changed in it then. [`PostgresError::Migration`] if a migration failed.
pub async fn migrate(config: &DatabaseConfig, migrator: &Migrator) -> Result<(), PostgresError> {
    let options = bare_options(config)?.options([("lock_timeout", LOCK_TIMEOUT)]);
    let mut connection = connect(&options).await?;
    refuse_foreign_tables(&mut connection).await?;
    match migrator.run(&mut connection).await {
        Ok(()) => {}
        Err(MigrateError::VersionMissing(_)) if is_of_newer_release(&mut connection, migrator).await? => {}
        Err(MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version)) => {
            let database = name(&mut connection).await?;
            return Err(PostgresError::ForeignMigrations { database, version });
        }
        Err(error) => return Err(PostgresError::Migration(error)),
    }
    connection.close().await.map_err(PostgresError::Database)
}

/// Whether all of this program's migrations were applied as they are here, and whatever else was is later than they.
async fn is_of_newer_release(
    connection: &mut PgConnection,
    migrator: &Migrator,
) -> Result<bool, PostgresError> {
    let Some(last) = migrator.iter().map(|ours| ours.version).max() else {
        return Ok(false);
    };
    let applied = connection.list_applied_migrations("_sqlx_migrations").await;
    let applied = applied.map_err(PostgresError::Migration)?;
    let same = |ours: &Migration, one: &AppliedMigration| {
        (one.version, &one.checksum) == (ours.version, &ours.checksum)
    };
    let all_ours = migrator
        .iter()
        .all(|ours| applied.iter().any(|one| same(ours, one)));
    let others_later = applied
        .iter()
        .all(|one| one.version > last || migrator.version_exists(one.version));
    Ok(all_ours && others_later)
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
