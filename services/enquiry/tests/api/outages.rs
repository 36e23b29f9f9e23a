use std::time::{Duration, Instant};

use postgres::DatabaseConfig;
use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use testkit::{Fault, FaultProxy, TestDatabase, wait_until};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::test_app::{FORM, SOON, TestApp, no_kafka, question};

const THREE_SECONDS: Duration = Duration::from_secs(3);

async fn behind_a_proxy() -> (TestApp, FaultProxy) {
    let database = testkit::database("enquiry").await;
    let proxy = FaultProxy::start(database.upstream());
    let config = through(&proxy, &database);
    (TestApp::with(database, config, no_kafka()), proxy)
}

fn through(proxy: &FaultProxy, database: &TestDatabase) -> DatabaseConfig {
    DatabaseConfig {
        url: database.url_through(proxy).into(),
        ..database.config("enquiry")
    }
}

/// An answer within 3 s that says to come back.
async fn try_again_within_three_seconds(answer: impl Future<Output = Response>) -> Response {
    let begin = Instant::now();
    let response = answer.await;
    assert_eq!(response.status(), 503);
    assert!(begin.elapsed() < THREE_SECONDS, "{:?}", begin.elapsed());
    assert!(response.headers().contains_key(RETRY_AFTER));
    response
}

async fn heals(app: &TestApp) {
    wait_until("questions are taken again", SOON, async || {
        app.ask_with_key("healed", &question()).await.status() == 202
    })
    .await;
    assert_eq!(app.get_admin("/readyz").await.status(), 200);
}

#[tokio::test]
async fn without_kafka_questions_are_taken_and_the_service_is_ready() {
    let app = TestApp::start().await;
    app.start_background();
    assert_eq!(app.ask(&question()).await.status(), 202);
    assert_eq!(app.get_admin("/readyz").await.status(), 200);
    assert_eq!(app.count("select count(*) from outbox").await, 1);
}

#[tokio::test]
async fn with_postgres_down_everybody_is_told_to_come_back_and_it_heals_by_itself() {
    let (app, proxy) = behind_a_proxy().await;
    assert_eq!(app.ask(&question()).await.status(), 202);
    proxy.set(Fault::Refuse).await;
    try_again_within_three_seconds(app.ask(&question())).await;
    assert_eq!(app.get_admin("/readyz").await.status(), 503);
    assert_eq!(app.get_admin("/livez").await.status(), 200);
    assert_eq!(
        app.get("/contact").await.status(),
        200,
        "the page needs no database"
    );
    proxy.set(Fault::Pass).await;
    heals(&app).await;
}

#[tokio::test]
async fn with_postgres_frozen_everybody_is_told_to_come_back_and_it_heals_by_itself() {
    let (app, proxy) = behind_a_proxy().await;
    assert_eq!(app.ask(&question()).await.status(), 202);
    proxy.set(Fault::BlackHole).await;
    let questions = (0..20).map(|_| try_again_within_three_seconds(async { app.ask(&question()).await }));
    futures_util::future::join_all(questions).await;
    proxy.set(Fault::Pass).await;
    heals(&app).await;
}

#[tokio::test]
async fn a_form_that_could_not_be_stored_comes_back_with_what_was_typed() {
    let (app, proxy) = behind_a_proxy().await;
    proxy.set(Fault::Refuse).await;
    let response = try_again_within_three_seconds(app.send_form(&FORM)).await;
    let page = response.text().await.expect("a page");
    assert!(page.contains("Nothing you wrote is lost"));
    assert!(page.contains("anna@example.com") && page.contains("Is there a group discount?"));
}

#[tokio::test]
async fn a_service_starts_unready_without_its_database() {
    let database = testkit::database("enquiry").await;
    let config = DatabaseConfig {
        url: "postgres://leadstream@127.0.0.1:1/enquiry".into(),
        ..database.config("enquiry")
    };
    let app = TestApp::with(database, config, no_kafka());
    app.start_background();
    assert_eq!(app.get_admin("/readyz").await.status(), 503);
    assert_eq!(app.get_admin("/livez").await.status(), 200);
    try_again_within_three_seconds(app.ask(&question())).await;
}

/// Fails where the database work runs in the request's own future, which actix drops when the client is gone.
#[tokio::test]
async fn a_question_whose_sender_hangs_up_is_written_to_its_end() {
    let (app, proxy) = behind_a_proxy().await;
    assert_eq!(app.ask(&question()).await.status(), 202);
    proxy.set(Fault::Latency(Duration::from_millis(50))).await;
    let body = question().to_string();
    let length = body.len();
    let head = "POST /v1/enquiries HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let mut sender = TcpStream::connect(app.served.public).await.expect("a connection");
    let request = format!("{head}content-length: {length}\r\n\r\n{body}");
    sender.write_all(request.as_bytes()).await.expect("sent");
    let in_transaction = "select count(*) from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'";
    wait_until("a transaction has begun", SOON, async || {
        app.count(in_transaction).await == 1
    })
    .await;
    sender.set_zero_linger().expect("a socket");
    drop(sender);

    let stored = async || app.count("select count(*) from enquiries").await == 2;
    wait_until("the question is stored", SOON, stored).await;
    wait_until("no transaction is open", SOON, async || {
        app.count(in_transaction).await == 0
    })
    .await;
    assert_eq!(app.ask(&question()).await.status(), 202);
}
