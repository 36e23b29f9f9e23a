use std::sync::Arc;
use std::time::Duration;

use lifecycle::Supervisor;
use postgres::{Database, DatabaseConfig, Unknown, pool};
use sqlx::Executor;
use sqlx::postgres::PgPool;
use testkit::{Fault, FaultProxy, TestDatabase, wait_until};
use tokio::sync::oneshot;

const DEADLINE: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Unknown(#[from] Unknown),
    #[error("the work itself failed")]
    Refused,
}

fn pool_of_one(way: &FaultProxy, database: &TestDatabase) -> PgPool {
    pool(&DatabaseConfig {
        url: database.url_through(way).into(),
        max_connections: 1,
        ..database.config("test")
    })
    .unwrap()
}

async fn rows(database: &TestDatabase) -> i64 {
    sqlx::query_scalar("select count(*) from kept")
        .fetch_one(database.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn work_is_committed_if_it_succeeds_and_taken_back_if_it_fails() {
    let test = testkit::empty_database().await;
    test.pool().execute("create table kept (id int)").await.unwrap();
    let database = Database::<Error>::new(test.pool().clone(), Supervisor::new().spawner(), DEADLINE);
    for (succeeds, kept) in [(false, 0), (true, 1)] {
        let done = database.transaction(move |connection| {
            Box::pin(async move {
                connection.execute("insert into kept values (1)").await?;
                if succeeds { Ok(()) } else { Err(Error::Refused) }
            })
        });
        assert_eq!(done.await.is_ok(), succeeds);
        assert_eq!(rows(&test).await, kept);
    }
}

/// Breaks on a database whose work runs in the future of whoever waits for it.
#[tokio::test]
async fn work_goes_on_when_nobody_waits_for_it_any_more() {
    let test = testkit::empty_database().await;
    test.pool().execute("create table kept (id int)").await.unwrap();
    let database = Database::<Error>::new(test.pool().clone(), Supervisor::new().spawner(), DEADLINE);
    let (begun, has_begun) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel();
    let waiting = database.transaction(move |connection| {
        Box::pin(async move {
            let _ = begun.send(());
            let _ = may_go_on.await;
            connection.execute("insert into kept values (1)").await?;
            Ok(())
        })
    });
    tokio::select! {
        _ = waiting => panic!("it was not let go on"),
        begun = has_begun => begun.unwrap(),
    }
    go_on.send(()).unwrap();
    wait_until("the row is there", DEADLINE, async || rows(&test).await == 1).await;
}

/// Breaks on a database that gives back to its pool a connection whose answer nobody has read.
#[tokio::test]
async fn a_connection_that_did_not_answer_in_time_is_closed() {
    let test = testkit::empty_database().await;
    let way = Arc::new(FaultProxy::start(test.upstream()));
    let pool = pool_of_one(&way, &test);
    let database = Database::<Error>::new(pool.clone(), Supervisor::new().spawner(), LIMIT);
    wait_until("the server answers", DEADLINE, async || database.is_ready().await).await;
    let hanging = Arc::clone(&way);
    let asked = database.transaction(move |connection| {
        Box::pin(async move {
            hanging.set(Fault::BlackHole).await;
            connection.execute("select 1").await?;
            Ok(())
        })
    });
    let error = asked.await.unwrap_err();
    assert!(matches!(error, Error::Unknown(Unknown::TooLate)), "{error}");
    assert_eq!(pool.size(), 0);
}
