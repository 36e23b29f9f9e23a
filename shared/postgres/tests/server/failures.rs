use postgres::{is_data_error, is_serialization, is_unavailable, writer_connection};
use sqlx::{AssertSqlSafe, Error, Executor};

/// What a statement fails with when the server says this SQLSTATE.
async fn failure(connection: &mut sqlx::PgConnection, state: &str) -> Error {
    let raise = format!("do $$ begin raise sqlstate '{state}'; end $$");
    connection.execute(AssertSqlSafe(raise)).await.unwrap_err()
}

#[tokio::test]
async fn a_sqlstate_says_whether_to_try_later_never_or_once_more() {
    let database = testkit::empty_database().await;
    let mut connection = database.connection().await;
    let later = [
        "08006", "25006", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P03", "58030",
    ];
    let never = ["22001", "22021", "22P02", "23502", "23503", "23505", "23514"];
    let once_more = ["40001", "40P01"];
    let bugs = ["42601", "42703", "42P01", "42501"];
    for state in [&later[..], &never, &once_more, &bugs].concat() {
        let error = failure(&mut connection, state).await;
        assert_eq!(is_unavailable(&error), later.contains(&state), "{state} later");
        assert_eq!(is_data_error(&error), never.contains(&state), "{state} never");
        assert_eq!(
            is_serialization(&error),
            once_more.contains(&state),
            "{state} once more"
        );
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_an_outage() {
    let database = testkit::empty_database().await;
    let mut connection = writer_connection(&database.config("signup")).await.unwrap();
    let error = connection.execute("select pg_sleep(60)").await.unwrap_err();
    assert!(is_unavailable(&error), "{error}");
}
