use std::path::Path;

use postgres::{PostgresError, migrate};
use sqlx::migrate::Migrator;
use testkit::{Fault, FaultProxy};

async fn migrator(service: &str) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(service);
    Migrator::new(folder).await.unwrap()
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
