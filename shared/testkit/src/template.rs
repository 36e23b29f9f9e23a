//! Databases made as copies of a migrated template: 80 ms instead of a run of all migrations.
//!
//! Names: `template_<service>_<hash of its migrations>`, and `test_<label>_<process>_<random>`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::str::FromStr as _;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};

use crate::{built, owner};

/// Held while a template is looked at, made or copied.
const LOCK: i64 = 0x6c65_6164_7465_7374;

pub(crate) fn test_database_name(label: &str) -> String {
    format!("test_{label}_{}", owner::unique())
}

/// The URL of another database on the same server.
pub(crate) fn url_of(server_url: &str, name: &str) -> String {
    let (server, _) = server_url
        .rsplit_once('/')
        .expect("a server URL ends with a database");
    format!("{server}/{name}")
}

/// A connection that has the lock until it is closed; what dead processes left behind is gone.
pub(crate) async fn lock_server(server_url: &str) -> PgConnection {
    let mut admin = connect(server_url).await;
    run(&mut admin, format!("select pg_advisory_lock({LOCK})")).await;
    for name in names_like(&mut admin, "test\\_%").await {
        if owner::is_gone(&name) {
            run(
                &mut admin,
                format!("drop database if exists \"{name}\" with (force)"),
            )
            .await;
        }
    }
    admin
}

/// The name of a template with exactly the migrations that lie in the folder now; made if it is missing.
pub(crate) async fn ready(admin: &mut PgConnection, server_url: &str, service: &str) -> String {
    let folder = built::workspace().join("migrations").join(service);
    let migrator = read_migrations(&folder).await;
    let name = format!("template_{service}_{:016x}", fingerprint(&migrator));
    let known = names_like(admin, &format!("template\\_{service}\\_%")).await;
    if !known.contains(&name) {
        for outdated in known {
            run(
                admin,
                format!("drop database if exists \"{outdated}\" with (force)"),
            )
            .await;
        }
        make(admin, server_url, &migrator, &name).await;
    }
    name
}

async fn read_migrations(folder: &Path) -> Migrator {
    let read = Migrator::new(folder).await;
    read.unwrap_or_else(|error| panic!("migrations in {}: {error}", folder.display()))
}

fn fingerprint(migrator: &Migrator) -> u64 {
    let mut hasher = DefaultHasher::new();
    for migration in migrator.iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    hasher.finish()
}

/// Under another name until it is whole.
async fn make(admin: &mut PgConnection, server_url: &str, migrator: &Migrator, name: &str) {
    let draft = format!("{name}_draft");
    run(admin, format!("create database \"{draft}\" template template0")).await;
    let mut connection = connect(&url_of(server_url, &draft)).await;
    migrator
        .run(&mut connection)
        .await
        .unwrap_or_else(|error| panic!("migrations for {name}: {error}"));
    connection.close().await.expect("the server lets go");
    run(admin, format!("alter database \"{draft}\" rename to \"{name}\"")).await;
}

pub(crate) async fn clone(admin: &mut PgConnection, template: &str, name: &str) {
    run(
        admin,
        format!("create database \"{name}\" template \"{template}\""),
    )
    .await;
}

pub(crate) async fn drop_database(server_url: &str, name: &str) {
    let mut admin = connect(server_url).await;
    run(
        &mut admin,
        format!("drop database if exists \"{name}\" with (force)"),
    )
    .await;
}

async fn connect(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url)
        .expect("a valid URL")
        .disable_statement_logging();
    options
        .connect()
        .await
        .unwrap_or_else(|error| panic!("the tests' Postgres: {error}"))
}

async fn run(connection: &mut PgConnection, statement: String) {
    let done = connection.execute(AssertSqlSafe(statement.clone())).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn names_like(admin: &mut PgConnection, pattern: &str) -> Vec<String> {
    let query = sqlx::query_scalar("select datname::text from pg_database where datname like $1");
    query
        .bind(pattern)
        .fetch_all(admin)
        .await
        .expect("the server knows its databases")
}
