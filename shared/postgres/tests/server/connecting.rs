use postgres::{DatabaseConfig, PostgresError, connect, connect_options, pool, writer_connection};
use sqlx::PgConnection;
use testkit::{Fault, FaultProxy};

async fn setting(connection: &mut PgConnection, name: &str) -> String {
    let setting = sqlx::query_scalar("select current_setting($1)").bind(name);
    setting.fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn every_session_is_bounded_durable_and_named() {
    let database = testkit::empty_database().await;
    let options = connect_options(&database.config("signup")).unwrap();
    let mut connection = connect(&options).await.unwrap();
    for (name, value) in [
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("synchronous_commit", "on"),
        ("application_name", "leadstream-signup"),
    ] {
        assert_eq!(setting(&mut connection, name).await, value, "{name}");
    }
}

#[tokio::test]
async fn the_writers_session_is_bounded_more_tightly() {
    let database = testkit::empty_database().await;
    let mut connection = writer_connection(&database.config("signup")).await.unwrap();
    assert_eq!(setting(&mut connection, "statement_timeout").await, "1500ms");
    assert_eq!(setting(&mut connection, "lock_timeout").await, "1s");
    assert_eq!(setting(&mut connection, "synchronous_commit").await, "on");
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let database = testkit::empty_database().await;
    let way = FaultProxy::start(database.upstream());
    way.set(Fault::BlackHole).await;
    let config = DatabaseConfig {
        url: database.url_through(&way).into(),
        ..database.config("signup")
    };
    let error = writer_connection(&config).await.unwrap_err();
    assert!(matches!(error, PostgresError::ConnectTimeout(_)), "{error}");
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_not_repeated() {
    let config = DatabaseConfig {
        url: "mysql://root:hunter2@host/db".to_owned().into(),
        max_connections: 1,
        service: "signup",
    };
    let error = pool(&config).unwrap_err();
    assert!(matches!(error, PostgresError::Address));
    assert!(!format!("{error} {error:?} {config:?}").contains("hunter2"));
}
