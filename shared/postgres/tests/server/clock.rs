use std::time::Duration;

use postgres::{DatabaseConfig, ServerClock, connect, connect_options};
use sqlx::PgConnection;
use testkit::{Fault, FaultProxy, TestDatabase};
use time::OffsetDateTime;

/// So much a test's own pauses may add.
const SLACK: time::Duration = time::Duration::SECOND;

/// Makes the clock of this database, for sessions that begin now, one that is an hour ahead.
async fn set_clock_ahead(database: &TestDatabase) {
    for statement in [
        "create function clock_timestamp() returns timestamptz language sql
         as 'select pg_catalog.clock_timestamp() + interval ''1 hour'''",
        "do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$",
    ] {
        sqlx::query(statement).execute(database.pool()).await.unwrap();
    }
}

async fn connection(config: &DatabaseConfig) -> PgConnection {
    connect(&connect_options(config).unwrap()).await.unwrap()
}

#[tokio::test]
async fn before_a_measurement_it_is_the_clock_of_this_machine() {
    let clock = ServerClock::default();
    assert!(clock.offset().is_zero());
    assert!((clock.now() - OffsetDateTime::now_utc()).abs() < SLACK);
}

#[tokio::test]
async fn it_follows_the_clock_of_the_database_and_so_do_its_clones() {
    let database = testkit::empty_database().await;
    set_clock_ahead(&database).await;
    let clock = ServerClock::default();
    let clone = clock.clone();
    let mut connection = connection(&database.config("test")).await;
    clock.measure(&mut connection).await.unwrap();
    let hour = time::Duration::HOUR;
    assert!((clone.offset() - hour).abs() < SLACK, "{}", clone.offset());
    assert!((clone.now() - OffsetDateTime::now_utc() - hour).abs() < SLACK);
}

#[tokio::test]
async fn an_answer_that_took_long_changes_nothing() {
    let database = testkit::empty_database().await;
    set_clock_ahead(&database).await;
    let way = FaultProxy::start(database.upstream());
    let mut connection = connection(&DatabaseConfig {
        url: database.url_through(&way).into(),
        ..database.config("test")
    })
    .await;
    way.set(Fault::Latency(Duration::from_millis(300))).await;
    let clock = ServerClock::default();
    clock.measure(&mut connection).await.unwrap();
    assert!(clock.offset().is_zero());
}
