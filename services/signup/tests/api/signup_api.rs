//! `POST /v1/signups`.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::site::Site;

fn body() -> Value {
    json!({"email": "anna@example.com", "campaign": "linkedin", "consent": {"updates": false}})
}

/// The body with one field changed.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = body();
    body[pointer] = value;
    body
}

#[tokio::test]
async fn a_signup_is_accepted_with_an_id_of_its_own() {
    let site = Site::start().await;
    let answer = site
        .post_json("/v1/signups", &with("name", json!("Zoe\u{308}")))
        .await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let accepted: Value = answer.json().await.expect("JSON");
    assert_eq!(accepted["status"], "accepted");
    let event = site.events("leadstream.signup.accepted.v1").await.remove(0);
    assert_eq!(event["signup_id"], accepted["id"]);
    assert_eq!(event["name"], "Zo\u{eb}");
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() {
    let site = Site::start().await;
    for (body, status, pointers) in [
        (json!({}), 422, vec!["/email"]),
        (with("email", json!("nobody")), 422, vec!["/email"]),
        (with("email", json!(7)), 422, vec!["/email"]),
        (
            with("name", json!("win at https://spam.example")),
            422,
            vec!["/name"],
        ),
        (
            with("name", json!("a\r\nBcc: all@example.net")),
            422,
            vec!["/name"],
        ),
        (with("name", json!("x".repeat(10_000))), 422, vec!["/name"]),
        (with("campaign", json!("tiktok")), 422, vec!["/campaign"]),
        (with("campaign", json!("../x")), 422, vec!["/campaign"]),
        (with("consent", json!({})), 422, vec!["/consent/updates"]),
        (
            with("consent", json!({"updates": "yes"})),
            422,
            vec!["/consent/updates"],
        ),
        (with("more", json!(1)), 422, vec!["/more"]),
        (
            with("touch", json!({"utm_sauce": "x"})),
            422,
            vec!["/touch/utm_sauce"],
        ),
        (
            json!({"email": "x", "campaign": "x", "consent": {"updates": true}}),
            422,
            vec!["/email", "/campaign"],
        ),
        (json!([]), 422, vec![""]),
        (with("touch", json!([])), 422, vec!["/touch"]),
        (with("touch", json!(["instagram"])), 422, vec!["/touch"]),
        (with("consent", json!([true])), 422, vec!["/consent"]),
    ] {
        let answer = site.post_json("/v1/signups", &body).await;
        assert_eq!(answer.status().as_u16(), status, "{body}");
        assert_eq!(
            answer.headers()["content-type"],
            "application/problem+json",
            "{body}"
        );
        let problem: Value = answer.json().await.expect("a problem");
        let named: Vec<&str> = problem["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .filter_map(|e| e["pointer"].as_str())
            .collect();
        assert_eq!(named, pointers, "{body}: {problem}");
    }
    assert_eq!(site.count("signups").await, 0);
}

#[tokio::test]
async fn a_touch_is_cleaned_and_never_a_reason_to_refuse() {
    let site = Site::start().await;
    let touch = json!({
        "utm_source": "\u{202e}YouTube\u{0007}", "utm_medium": "x".repeat(5_000), "click_id_kind": "no such kind",
        "click_id": "y".repeat(5_000), "referrer": "javascript:alert(1)", "landing_page": "https://course.example/p?e=a@b.c#x",
    });
    let answer = site.post_json("/v1/signups", &with("touch", touch)).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let stored = "touches where utm_source = 'youtube' and octet_length(utm_medium) = 200 and click_id is null \
                  and landing_page = 'https://course.example/p'";
    assert_eq!(site.count(stored).await, 1);
}

#[tokio::test]
async fn an_idempotency_key_gives_the_same_answer_once_more_and_refuses_another_body() {
    let site = Site::start().await;
    let send = async |key: &'static str, body: &Value| {
        let request = site
            .client
            .post(site.url("/v1/signups"))
            .header("idempotency-key", key)
            .json(body);
        request.send().await.expect("an answer")
    };
    let first: Value = send("k-1", &body()).await.json().await.expect("JSON");
    let again = send("k-1", &body()).await;
    assert_eq!(again.status(), StatusCode::ACCEPTED);
    assert_eq!(again.json::<Value>().await.expect("JSON"), first);
    let other = send("k-1", &with("name", json!("Anna"))).await;
    assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = other.json().await.expect("JSON");
    let detail = "this Idempotency-Key was used before, for another request";
    assert_eq!(problem["errors"], json!([{ "pointer": "", "detail": detail }]));
    assert_eq!(send("", &body()).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        send("with a blank", &body()).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(site.count("signups").await, 1);
}

#[tokio::test]
async fn only_pages_of_the_campaign_s_origins_may_call_the_api() {
    let site = Site::start().await;
    let send = async |origin: &'static str, body: &Value| {
        let request = site
            .client
            .post(site.url("/v1/signups"))
            .header("origin", origin)
            .json(body);
        request.send().await.expect("an answer")
    };
    let allowed = send("https://course.example", &body()).await;
    assert_eq!(allowed.status(), StatusCode::ACCEPTED);
    assert_eq!(
        allowed.headers()["access-control-allow-origin"],
        "https://course.example"
    );
    assert!(!allowed.headers().contains_key("access-control-allow-credentials"));
    let mistaken = send("https://course.example", &with("email", json!("x"))).await;
    assert_eq!(
        mistaken.headers()["access-control-allow-origin"],
        "https://course.example"
    );
    assert_eq!(
        send("https://learn.example", &body()).await.status(),
        StatusCode::ACCEPTED
    );
    for origin in [
        "https://evil.example",
        "null",
        "https://course.example.evil.example",
        "http://course.example",
    ] {
        let refused = send(origin, &body()).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{origin}");
        assert!(
            !refused.headers().contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
    let other_campaign = send("https://course.example", &with("campaign", json!("youtube"))).await;
    assert_eq!(other_campaign.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_preflight_is_answered_204_and_allows_only_origins_that_some_campaign_allows() {
    let site = Site::start().await;
    let ask = async |origin: &'static str| {
        let request = site
            .client
            .request(reqwest::Method::OPTIONS, site.url("/v1/signups"));
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        request.send().await.expect("an answer")
    };
    let allowed = ask("https://course.example").await;
    assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        allowed.headers()["access-control-allow-origin"],
        "https://course.example"
    );
    for origin in ["https://evil.example", "null", "%ff"] {
        let refused = ask(origin).await;
        assert_eq!(refused.status(), StatusCode::NO_CONTENT, "{origin}");
        assert!(
            !refused.headers().contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn the_answer_is_the_same_for_new_known_unsubscribed_and_over_budget_addresses() {
    let site = Site::start().await;
    let mut answers = Vec::new();
    let mut ask = async |email: &str| {
        let answer = site.post_json("/v1/signups", &with("email", json!(email))).await;
        let mut headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
            .collect();
        headers.sort();
        let status = answer.status();
        let mut body: Value = answer.json().await.expect("JSON");
        assert!(body["id"].take().is_string());
        answers.push((status, headers, body));
    };
    ask("new@example.com").await;
    ask("new@example.com").await;
    let unsubscribe = site.mail_links().await.unsubscribe;
    for scope in ["updates", "everything"] {
        let stopped = site
            .client
            .post(site.here(&unsubscribe))
            .form(&[("scope", scope)])
            .send()
            .await;
        assert_eq!(stopped.expect("an answer").status(), StatusCode::OK);
        ask("new@example.com").await;
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
}
