use serde_json::json;

use crate::test_app::{TestApp, answered, id_of, json_of, question};

#[tokio::test]
async fn the_same_request_with_the_same_key_gets_the_same_answer_and_asks_once() {
    let app = TestApp::start().await;
    let first = json_of(app.ask_with_key("k1", &question()).await).await;
    let second = app.ask_with_key("k1", &question()).await;
    assert_eq!(second.status(), 202);
    assert_eq!(json_of(second).await, first);
    assert_eq!(app.count("select count(*) from enquiries").await, 1);
    assert_eq!(app.count("select count(*) from outbox").await, 1);
}

#[tokio::test]
async fn another_body_with_the_same_key_is_refused() {
    let app = TestApp::start().await;
    assert_eq!(app.ask_with_key("k1", &question()).await.status(), 202);
    let mut other = question();
    other["message"] = json!("Something else");
    assert_eq!(app.ask_with_key("k1", &other).await.status(), 422);
    assert_eq!(app.count("select count(*) from enquiries").await, 1);
}

#[tokio::test]
async fn the_same_key_of_another_person_is_another_key() {
    let app = TestApp::start().await;
    let mut other = question();
    other["email"] = json!("bert@example.com");
    let first = json_of(app.ask_with_key("k1", &question()).await).await;
    let second = json_of(app.ask_with_key("k1", &other).await).await;
    assert_ne!(id_of(&first), id_of(&second));
}

#[tokio::test]
async fn parallel_requests_with_one_key_ask_once() {
    let app = TestApp::start().await;
    let body = question();
    let answers = (0..20).map(|_| async { json_of(app.ask_with_key("k1", &body).await).await });
    let answers = futures_util::future::join_all(answers).await;
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    assert_eq!(app.count("select count(*) from enquiries").await, 1);
}

#[tokio::test]
async fn a_key_is_kept_for_two_days() {
    let app = TestApp::start().await;
    assert_eq!(app.ask_with_key("k1", &question()).await.status(), 202);
    app.execute("update idempotency_keys set created_at = now() - interval '47 hours 59 minutes'")
        .await;
    assert_eq!(app.ask_with_key("k1", &question()).await.status(), 202);
    assert_eq!(app.count("select count(*) from enquiries").await, 1);
    app.execute("update idempotency_keys set created_at = now() - interval '48 hours 1 minute'")
        .await;
    assert_eq!(app.ask_with_key("k1", &question()).await.status(), 202);
    assert_eq!(app.count("select count(*) from enquiries").await, 2);
    assert_eq!(app.count("select count(*) from idempotency_keys").await, 1);
}

#[tokio::test]
async fn old_keys_and_budgets_are_forgotten_and_young_ones_are_not() {
    let app = TestApp::start().await;
    assert_eq!(app.ask_with_key("k1", &question()).await.status(), 202);
    let forget = || enquiry::commands::forget_expired::forget_expired(app.app.state());
    forget().await.expect("done");
    assert_eq!(app.count("select count(*) from idempotency_keys").await, 1);
    assert_eq!(app.count("select count(*) from mail_budgets").await, 1);
    app.execute("update idempotency_keys set created_at = now() - interval '49 hours'")
        .await;
    app.execute("update mail_budgets set sent_at = array[now() - interval '25 hours']")
        .await;
    forget().await.expect("done");
    assert_eq!(app.count("select count(*) from idempotency_keys").await, 0);
    assert_eq!(app.count("select count(*) from mail_budgets").await, 0);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let app = TestApp::start().await;
    for key in ["", "a b", &"x".repeat(129)] {
        assert_eq!(app.ask_with_key(key, &question()).await.status(), 400, "{key}");
    }
    let latin = reqwest::header::HeaderValue::from_bytes(b"\xe4").expect("a header");
    let request = app.post("/v1/enquiries").json(&question());
    assert_eq!(
        answered(request.header("Idempotency-Key", latin)).await.status(),
        400
    );
    let twice = app.post("/v1/enquiries").json(&question());
    let twice = twice
        .header("Idempotency-Key", "a")
        .header("Idempotency-Key", "b");
    assert_eq!(answered(twice).await.status(), 400);
    assert_eq!(app.count("select count(*) from enquiries").await, 0);
}
