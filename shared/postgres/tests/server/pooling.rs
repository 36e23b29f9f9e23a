use std::time::Duration;

use postgres::{DatabaseConfig, is_unavailable, ping, pool};
use sqlx::postgres::PgPool;
use sqlx::{Connection, Executor};
use testkit::{Fault, FaultProxy, TestDatabase, wait_until};

const DEADLINE: Duration = Duration::from_secs(10);

/// A pool of one connection, so that each borrower gets what the one before it left.
fn pool_of_one(database: &TestDatabase, way: &FaultProxy) -> PgPool {
    pool(&DatabaseConfig {
        url: database.url_through(way).into(),
        max_connections: 1,
        service: "test",
    })
    .unwrap()
}

/// A busy machine may take longer for a new connection than one ping waits.
async fn until_it_answers(pool: &PgPool) {
    wait_until("the server answers", DEADLINE, async || ping(pool).await).await;
}

async fn backend(pool: &PgPool) -> i32 {
    sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Breaks on a pool without its hooks: the row would be rolled back with the transaction that nobody ended.
#[tokio::test]
async fn a_begin_that_was_dropped_does_not_swallow_the_next_borrowers_writes() {
    let database = testkit::empty_database().await;
    let way = FaultProxy::start(database.upstream());
    let pool = pool_of_one(&database, &way);
    pool.execute("create table kept (id int)").await.unwrap();

    let mut connection = pool.acquire().await.unwrap();
    way.set(Fault::Latency(Duration::from_millis(200))).await;
    let begun = tokio::time::timeout(Duration::from_millis(50), connection.begin())
        .await
        .is_ok();
    assert!(!begun, "the answer is still on its way");
    drop(connection);
    way.set(Fault::Pass).await;

    pool.execute("insert into kept values (1)").await.unwrap();
    let count: i64 = sqlx::query_scalar("select count(*) from kept")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_healthy_connection_is_used_again() {
    let database = testkit::empty_database().await;
    let way = FaultProxy::start(database.upstream());
    let pool = pool_of_one(&database, &way);
    let first = backend(&pool).await;
    let mut transaction = pool.begin().await.unwrap();
    transaction.execute("select 1").await.unwrap();
    transaction.commit().await.unwrap();
    drop(pool.begin().await.unwrap());
    assert_eq!(backend(&pool).await, first);
}

/// What a session sees whose primary was demoted.
#[tokio::test]
async fn a_connection_to_a_server_that_became_read_only_is_discarded() {
    let database = testkit::empty_database().await;
    let way = FaultProxy::start(database.upstream());
    let pool = pool_of_one(&database, &way);
    let first = backend(&pool).await;
    pool.execute("set default_transaction_read_only = on")
        .await
        .unwrap();
    assert_ne!(backend(&pool).await, first);
    pool.execute("create table writable (id int)").await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_away_is_an_outage_and_the_pool_heals() {
    let database = testkit::empty_database().await;
    let way = FaultProxy::start(database.upstream());
    let pool = pool_of_one(&database, &way);
    until_it_answers(&pool).await;
    way.set(Fault::Refuse).await;
    assert!(!ping(&pool).await);
    let error = pool.execute("select 1").await.unwrap_err();
    assert!(is_unavailable(&error), "{error}");
    way.set(Fault::Pass).await;
    until_it_answers(&pool).await;
}

#[tokio::test]
async fn a_server_that_hangs_answers_no_ping() {
    let database = testkit::empty_database().await;
    let way = FaultProxy::start(database.upstream());
    let pool = pool_of_one(&database, &way);
    until_it_answers(&pool).await;
    way.set(Fault::BlackHole).await;
    assert!(!ping(&pool).await);
}

/// Breaks on a pool whose hooks wait for ever: the place of the connection would not be free before the server moves.
#[tokio::test]
async fn a_connection_that_is_given_back_while_the_server_hangs_is_given_up() {
    let database = testkit::empty_database().await;
    let way = FaultProxy::start(database.upstream());
    let pool = pool_of_one(&database, &way);
    let connection = pool.acquire().await.unwrap();
    way.set(Fault::BlackHole).await;
    drop(connection);
    wait_until("its place is free", DEADLINE, async || pool.size() == 0).await;
}
