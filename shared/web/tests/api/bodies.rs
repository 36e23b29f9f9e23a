//! JSON bodies: what is read and what is refused, and how.

use crate::site::{SOON, Site, read_to_end};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const JSON: &str = "application/json";

/// Status and the pointers and details of the answer.
async fn sent(site: &Site, path: &str, body: impl Into<Vec<u8>>) -> (u16, Vec<(String, String)>) {
    let answer = site.post(path, JSON, body).await;
    let status = answer.status().as_u16();
    if status == 200 {
        return (status, Vec::new());
    }
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(problem["status"], status);
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    (
        status,
        errors
            .iter()
            .map(|error| (text(&error["pointer"]), text(&error["detail"])))
            .collect(),
    )
}

fn error(pointer: &str, detail: &str) -> (u16, Vec<(String, String)>) {
    (422, vec![(pointer.to_owned(), detail.to_owned())])
}

#[tokio::test]
async fn a_good_body_reaches_the_handler() {
    let site = Site::start();
    let answer = site
        .post(
            "/v1/signups",
            JSON,
            r#"{"email": "a@b.c", "new": [1, 2.5, null, true]}"#,
        )
        .await;
    assert_eq!(answer.text().await.expect("text"), "a@b.c");
}

#[tokio::test]
async fn fields_that_do_not_fit_are_named_by_a_pointer() {
    let site = Site::start();
    assert_eq!(
        sent(&site, "/v1/signups", "{}").await,
        error("/email", "is missing")
    );
    assert_eq!(
        sent(&site, "/v1/signups", r#"{"email": 5}"#).await,
        error("/email", "must be a string")
    );
    let wrong_age = sent(
        &site,
        "/v1/signups",
        r#"{"email": "a", "age": 100000000000000000000000}"#,
    )
    .await;
    assert_eq!(wrong_age, error("/age", "must be u8"));
    let deep = sent(
        &site,
        "/v1/signups",
        r#"{"email": "a", "touch": {"tags": ["a", {}]}}"#,
    )
    .await;
    assert_eq!(deep, error("/touch/tags/1", "must be a string"));
    assert_eq!(sent(&site, "/v1/signups", "[]").await.0, 422);
}

#[tokio::test]
async fn an_unknown_field_is_refused_only_where_the_type_says_so() {
    let site = Site::start();
    let body = r#"{"email": "a", "a/b~c": 1}"#;
    assert_eq!(sent(&site, "/v1/signups", body).await.0, 200);
    assert_eq!(
        sent(&site, "/v1/strict", body).await,
        error("/a~1b~0c", "is not a field of this request")
    );
}

#[tokio::test]
async fn a_key_that_comes_twice_is_refused_wherever_it_is() {
    let site = Site::start();
    assert_eq!(
        sent(&site, "/v1/signups", r#"{"email": "a", "email": "b"}"#).await,
        error("/email", "comes twice")
    );
    let nested = sent(
        &site,
        "/v1/signups",
        r#"{"email": "a", "x": [{"y": 1, "\u0079": 2}]}"#,
    )
    .await;
    assert_eq!(nested, error("/x/0/y", "comes twice"));
}

#[tokio::test]
async fn a_nul_character_never_reaches_a_handler() {
    let site = Site::start();
    let nul = sent(&site, "/v1/signups", r#"{"email": "a\u0000b"}"#).await;
    assert_eq!(nul, error("/email", "holds a NUL character"));
    assert_eq!(
        sent(&site, "/v1/signups", r#"{"email": "a\\u0000b"}"#).await.0,
        200,
        "a backslash is no escape here"
    );
    assert_eq!(
        sent(&site, "/v1/signups", r#"{"email": "a", "\u0000": 1}"#)
            .await
            .0,
        422
    );
}

#[tokio::test]
async fn what_is_no_json_in_utf_8_is_a_bad_request() {
    let site = Site::start();
    let utf_16: Vec<u8> = r#"{"email": "a"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bodies: Vec<Vec<u8>> = vec![
        b"".into(),
        b"{".into(),
        b"email=a".into(),
        b"{\"email\": NaN}".into(),
        b"{\"email\": 1e999}".into(),
        b"{\"email\": \"a\"} {}".into(),
        b"{\"email\": \"\\ud800\"}".into(),
        b"{\"email\": \"a\0b\"}".into(),
        b"{\"email\": \"\xff\"}".into(),
        b"\xef\xbb\xbf{\"email\": \"a\"}".into(),
        utf_16,
        "[".repeat(10_000).into(),
        "{\"a\":".repeat(5_000).into(),
    ];
    for body in bodies {
        let (status, _) = sent(&site, "/v1/signups", body.clone()).await;
        assert_eq!(
            status,
            400,
            "{}",
            String::from_utf8_lossy(&body[..body.len().min(40)])
        );
    }
}

#[tokio::test]
async fn the_refusal_does_not_repeat_what_was_sent() {
    let site = Site::start();
    let answer = site
        .post("/v1/signups", JSON, r#"{"email": "a", "age": "ann@example.org"}"#)
        .await;
    assert!(!answer.text().await.expect("text").contains("ann@example.org"));
}

#[tokio::test]
async fn only_the_media_type_of_the_route_is_read() {
    let site = Site::start();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "",
    ] {
        let answer = site.post("/v1/signups", content_type, r#"{"email": "a"}"#).await;
        assert_eq!(answer.status(), 415, "{content_type}");
    }
    assert_eq!(site.post("/c/instagram", JSON, "{}").await.status(), 415);
    assert_eq!(
        site.post(
            "/v1/signups",
            "application/json; charset=utf-8",
            r#"{"email": "a"}"#
        )
        .await
        .status(),
        200
    );
}

#[tokio::test]
async fn a_packed_body_is_refused_unopened() {
    let site = Site::start();
    let request = reqwest::Client::new()
        .post(site.url("/v1/signups"))
        .header("content-type", JSON);
    let answer = request
        .header("content-encoding", "gzip")
        .body(vec![0; 64])
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 415);
}

#[tokio::test]
async fn a_body_of_up_to_32_kib_is_read_and_no_more() {
    let site = Site::start();
    let body = |length: usize| format!(r#"{{"email": "{}"}}"#, "a".repeat(length - 13));
    assert_eq!(sent(&site, "/v1/signups", body(32 * 1024)).await.0, 200);
    assert_eq!(sent(&site, "/v1/signups", body(32 * 1024 + 1)).await.0, 413);
    assert_eq!(sent(&site, "/v1/signups", body(512 * 1024)).await.0, 413);
}

#[tokio::test]
async fn an_endless_chunked_body_is_cut_off_with_413() {
    let site = Site::start();
    assert!(
        poured_into(&site, "POST /v1/signups")
            .await
            .starts_with("HTTP/1.1 413 ")
    );
}

#[tokio::test]
async fn an_endless_chunked_body_that_nobody_reads_is_cut_off_too() {
    let site = Site::start();
    assert!(
        poured_into(&site, "POST /nowhere")
            .await
            .starts_with("HTTP/1.1 404 ")
    );
    assert!(
        poured_into(&site, "GET /c/thanks")
            .await
            .starts_with("HTTP/1.1 200 ")
    );
    assert!(
        poured_into(&site, "DELETE /c/thanks")
            .await
            .starts_with("HTTP/1.1 405 ")
    );
}

/// Sends chunks for as long as the server takes them; its answer.
async fn poured_into(site: &Site, target: &str) -> String {
    let mut stream = TcpStream::connect(site.public).await.expect("connected");
    let head = format!(
        "{target} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let (mut read, mut write) = stream.split();
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
    let pour = async { while write.write_all(chunk.as_bytes()).await.is_ok() {} };
    let answer = async {
        let mut bytes = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut read, &mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let both = async { tokio::join!(pour, answer).1 };
    tokio::time::timeout(SOON, both).await.expect("closed")
}

#[tokio::test]
async fn a_body_that_stalls_is_answered_with_408_and_the_connection_closed() {
    let site = Site::start();
    let mut stream = TcpStream::connect(site.public).await.expect("connected");
    stream
        .write_all(b"POST /impatient HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\na")
        .await
        .expect("sent");
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(
        answer.to_ascii_lowercase().contains("connection: close"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_stalled_body_to_a_path_that_reads_none_does_not_keep_the_connection() {
    let site = Site::start();
    for target in ["POST /nowhere", "GET /c/thanks", "DELETE /c/thanks"] {
        let mut stream = TcpStream::connect(site.public).await.expect("connected");
        let head = format!("{target} HTTP/1.1\r\nhost: a\r\ncontent-length: 9999\r\n\r\na");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 "), "{target}: {answer}");
    }
}
