use std::path::Path;

use postgres::{PostgresError, migrate};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use testkit::{Fault, FaultProxy};

async fn migrator(service: &str) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(service);
    Migrator::new(folder).await.unwrap()
}

/// What the next release of a service has: one file more.
async fn next_release(service: &str) -> Migrator {
    let expand = "create table of_the_next_release ()".into_sql_str();
    let more = Migration::new(
        20_990_101_000_000,
        "more".into(),
        MigrationType::Simple,
        expand,
        false,
    );
    let mut migrations: Vec<_> = migrator(service).await.iter().cloned().collect();
    migrations.push(more);
    Migrator::with_migrations(migrations)
}

#[tokio::test]
async fn programs_that_migrate_at_once_wait_for_each_other_and_all_succeed() {
    let database = testkit::empty_database().await;
    let migrator = migrator("enquiry").await;
    let config = database.config("enquiry");
    let (one, two, three) = tokio::join!(
        migrate(&config, &migrator),
        migrate(&config, &migrator),
        migrate(&config, &migrator)
    );
    one.and(two).and(three).unwrap();
    migrate(&config, &migrator).await.unwrap();
    sqlx::query("select * from outbox")
        .execute(database.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_database_of_another_service_is_refused() {
    let database = testkit::database("enquiry").await;
    let error = migrate(&database.config("signup"), &Migrator::with_migrations(Vec::new()))
        .await
        .unwrap_err();
    assert!(
        matches!(error, PostgresError::ForeignMigrations { .. }),
        "{error}"
    );
    assert!(error.is_wrong_setting());
}

#[tokio::test]
async fn a_program_that_is_rolled_back_leaves_what_a_newer_release_migrated_as_it_is() {
    let database = testkit::database("enquiry").await;
    let config = database.config("enquiry");
    migrate(&config, &next_release("enquiry").await).await.unwrap();

    migrate(&config, &migrator("enquiry").await).await.unwrap();
    sqlx::query("select * from of_the_next_release")
        .execute(database.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_newer_release_of_another_service_is_still_another_service() {
    let database = testkit::database("signup").await;
    let config = database.config("signup");
    migrate(&config, &next_release("signup").await).await.unwrap();

    let error = migrate(&config, &migrator("enquiry").await).await.unwrap_err();
    assert!(
        matches!(error, PostgresError::ForeignMigrations { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_with_tables_of_somebody_else_is_refused_and_left_as_it_was() {
    let database = testkit::empty_database().await;
    for statement in ["create table customers ()", "create table invoices ()"] {
        sqlx::query(statement).execute(database.pool()).await.unwrap();
    }
    let error = migrate(&database.config("enquiry"), &migrator("enquiry").await)
        .await
        .unwrap_err();
    assert!(error.is_wrong_setting());
    assert!(error.to_string().contains("(customers, invoices)"), "{error}");
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert_eq!(tables, 2);
}

#[tokio::test]
async fn a_server_that_is_away_is_told_from_a_migration_that_failed() {
    let database = testkit::empty_database().await;
    let way = FaultProxy::start(database.upstream());
    way.set(Fault::Refuse).await;
    let config = postgres::DatabaseConfig {
        url: database.url_through(&way).into(),
        ..database.config("enquiry")
    };
    let error = migrate(&config, &migrator("enquiry").await).await.unwrap_err();
    assert!(matches!(error, PostgresError::Database(_)), "{error}");
}
