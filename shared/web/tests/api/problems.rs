//! Answers that are no success, and what every answer carries.

use crate::site::Site;
use reqwest::header::ACCEPT;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn browse(site: &Site, method: reqwest::Method, path: &str) -> reqwest::Response {
    let client = reqwest::Client::new();
    client
        .request(method, site.url(path))
        .header(ACCEPT, BROWSER)
        .send()
        .await
        .expect("an answer")
}

#[tokio::test]
async fn an_unknown_path_is_a_problem_for_programs_and_a_page_for_browsers() {
    let site = Site::start();
    let answer = site.get("/nowhere").await;
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(
        problem,
        serde_json::json!({"type": "about:blank", "title": "Not Found", "status": 404})
    );

    let page = browse(&site, reqwest::Method::GET, "/nowhere").await;
    assert_eq!(page.status(), 404);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(page.text().await.expect("text").contains("<h1>Not Found</h1>"));
}

#[tokio::test]
async fn a_method_that_the_path_lacks_gets_405_with_those_it_has() {
    let site = Site::start();
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        let method: reqwest::Method = method.parse().expect("a method");
        let answer = browse(&site, method.clone(), "/c/instagram").await;
        assert_eq!(answer.status(), 405, "{method}");
        assert_eq!(answer.headers()["allow"], "GET, POST, HEAD");
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    }
    let answer = reqwest::Client::new()
        .delete(site.url("/v1/signups"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["allow"]),
        (405, &"POST".parse().expect("valid"))
    );
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let site = Site::start();
    let answer = reqwest::Client::new()
        .head(site.url("/c/instagram"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-length"], "12");
    assert_eq!(answer.text().await.expect("text"), "");
}

#[tokio::test]
async fn of_two_paths_that_match_the_first_in_the_table_wins() {
    let site = Site::start();
    assert_eq!(site.get("/c/thanks").await.text().await.expect("text"), "thanks");
}

#[tokio::test]
async fn a_path_parameter_that_does_not_fit_is_not_found_in_our_words() {
    let site = Site::start();
    for path in ["/number/300", "/number/x", "/number/%ff", "/number/%00"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert!(!answer.text().await.expect("text").contains("300"));
    }
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_and_the_worker_lives_on() {
    let site = Site::start();
    for _ in 0..3 {
        let answer = site.get("/panic").await;
        assert_eq!(answer.status(), 500);
        let problem: serde_json::Value = answer.json().await.expect("JSON");
        assert_eq!(problem["title"], "Internal Server Error");
        assert_eq!(problem["detail"], serde_json::Value::Null);
    }
    assert_eq!(site.get("/c/thanks").await.status(), 200);
}

#[tokio::test]
async fn unavailable_says_when_to_come_again() {
    let site = Site::start();
    for answer in [
        site.get("/unavailable").await,
        browse(&site, reqwest::Method::GET, "/unavailable").await,
    ] {
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "2");
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_it() {
    let site = Site::start();
    for path in ["/c/instagram", "/c/thanks", "/nowhere", "/panic", "/number/x"] {
        let answer = site.get(path).await;
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        let policy = headers["content-security-policy"].to_str().expect("text");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
    }
    let page = site.get("/c/instagram").await;
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .expect("text")
            .contains("style-src 'self'")
    );
}
