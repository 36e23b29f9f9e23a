//! `Idempotency-Key`: one request, however often it is sent.

use futures_util::future::join_all;
use signup::{Error, commands};

use crate::test_app::{TestApp, change, count, with_key};

/// Catches a key that is looked up before it is stored, and an answer read by the statement that met the conflict:
/// what the other replica wrote a moment ago is invisible to it.
#[tokio::test]
async fn the_same_key_sent_at_once_to_two_replicas_makes_one_signup_and_one_answer() {
    let database = testkit::database("signup").await;
    let replicas = [
        TestApp::without_kafka(&database).await,
        TestApp::without_kafka(&database).await,
    ];
    let campaign = replicas[0].campaign().await;
    let request = || {
        with_key(
            crate::test_app::request(campaign.clone(), "anna@example.com"),
            "retry-1",
            "{}",
        )
    };
    let sent = (0..40).map(|n| commands::request_signup(&replicas[n % 2].state, request()));
    let answers = join_all(sent).await;
    let first = answers[0].as_ref().expect("accepted").id;
    for answer in answers {
        assert_eq!(answer.expect("accepted").id, first);
    }
    assert_eq!(count(database.pool(), "select count(*) from signups").await, 1);
    assert_eq!(count(database.pool(), "select count(*) from consents").await, 1);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let first = with_key(service.request("anna@example.com").await, "k", r#"{"a":1}"#);
    commands::request_signup(&service.state, first)
        .await
        .expect("accepted");
    let second = with_key(service.request("anna@example.com").await, "k", r#"{"a":2}"#);
    let refused = commands::request_signup(&service.state, second).await;
    assert!(matches!(refused, Err(Error::IdempotencyKeyReused)), "{refused:?}");
    assert_eq!(count(database.pool(), "select count(*) from signups").await, 1);
}

#[tokio::test]
async fn a_key_means_nothing_to_another_person_and_nothing_after_48_hours() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mut ids = Vec::new();
    for email in ["anna@example.com", "ben@example.com"] {
        let request = with_key(service.request(email).await, "k", "{}");
        ids.push(
            commands::request_signup(&service.state, request)
                .await
                .expect("accepted")
                .id,
        );
    }
    change(
        database.pool(),
        "update idempotency_keys set expires_at = now() - interval '1 second'",
    )
    .await;
    let request = with_key(service.request("anna@example.com").await, "k", "{}");
    ids.push(
        commands::request_signup(&service.state, request)
            .await
            .expect("accepted")
            .id,
    );
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert_eq!(
        count(database.pool(), "select count(*) from idempotency_keys").await,
        2
    );
}
