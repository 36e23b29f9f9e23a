//! What the protocol allows strangers to do to a connection.

use crate::site::{Site, read_to_end};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

#[tokio::test]
async fn a_head_that_is_never_finished_is_closed() {
    let site = Site::start();
    let mut stream = TcpStream::connect(site.public).await.expect("connected");
    stream
        .write_all(b"GET /c/instagram HTTP/1.1\r\nhost: a\r\nx-slow: ")
        .await
        .expect("sent");
    read_to_end(&mut stream).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let site = Site::start();
    let mut stream = TcpStream::connect(site.public).await.expect("connected");
    stream
        .write_all(b"GET /c/thanks HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("sent");
    assert!(read_to_end(&mut stream).await.ends_with("thanks"));
}

#[tokio::test]
async fn ambiguous_or_oversized_heads_are_refused() {
    let site = Site::start();
    let many = (0..10_000)
        .map(|number| format!("x-{number}: a\r\n"))
        .collect::<String>();
    let heads = [
        format!("GET /c/thanks HTTP/1.1\r\nhost: a\r\n{many}\r\n"),
        format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(200_000)),
        "POST /v1/signups HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n{}a".to_owned(),
        "POST /v1/signups HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        "POST /v1/signups HTTP/1.1\r\nhost: a\r\ncontent-length: -3\r\n\r\n{}".to_owned(),
        "NONSENSE\r\n\r\n".to_owned(),
    ];
    for head in heads {
        let answer = site.raw(head.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        // A connection that was reset before its answer could be read was refused as well.
        assert!(
            answer.is_empty() || ["400", "431"].contains(&status),
            "{}: {answer}",
            &head[..40.min(head.len())]
        );
    }
    assert_eq!(site.get("/c/thanks").await.status(), 200);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let site = Site::start();
    let one = "GET /c/thanks HTTP/1.1\r\nhost: a\r\n\r\n";
    let last = "GET /client HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let answer = site.raw(format!("{one}{one}{last}").as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3);
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
}

/// No request is smuggled behind another, and nothing but HTTP/1 is spoken: the ingress turns HTTP/2 into it.
#[tokio::test]
async fn heads_that_two_readers_could_read_differently_are_refused() {
    let site = Site::start();
    let json = "content-type: application/json\r\n";
    let smuggled = "GET /client HTTP/1.1\r\nhost: a\r\n\r\n";
    let heads = [
        format!("POST /v1/signups HTTP/1.1\r\nhost: a\r\n{json}content-length : 3\r\n\r\n{{}}a"),
        format!("POST /v1/signups HTTP/1.1\r\nhost: a\r\n{json}content-length: +3\r\n\r\n{{}}a"),
        format!("POST /v1/signups HTTP/1.1\r\nhost: a\r\n{json}content-length: 3, 4\r\n\r\n{{}}a"),
        format!(
            "POST /v1/signups HTTP/1.1\r\nhost: a\r\n{json}transfer-encoding: gzip, chunked, x\r\n\r\n{smuggled}"
        ),
        format!(
            "POST /v1/signups HTTP/1.1\r\nhost: a\r\n{json}transfer-encoding: xchunked\r\n\r\n{smuggled}"
        ),
        format!(
            "POST /v1/signups HTTP/1.1\r\nhost: a\r\n{json}transfer-encoding: chunked\r\n\r\nzz\r\n\r\n{smuggled}"
        ),
        format!(
            "POST /v1/signups HTTP/1.1\r\nhost: a\r\n{json}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{smuggled}"
        ),
        "GET /c/thanks HTTP/1.1\r\nhost: a\r\n folded: x\r\n\r\n".to_owned(),
        "GET /c/thanks HTTP/1.1\nhost: a\n\rx\n\n".to_owned(),
        "GET /c/thanks HTTP/9.9\r\nhost: a\r\n\r\n".to_owned(),
        "GET /c/th\0anks HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
        "GET /c/thanks HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned(),
    ];
    for head in heads {
        let answer = site.raw(head.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        let is_refused = answer.is_empty() || ["400", "408", "431", "505"].contains(&status);
        assert!(is_refused, "{head:?}: {answer}");
        assert!(!answer.contains("127.0.0.1"), "{head:?} hid a request: {answer}");
    }
    assert_eq!(site.get("/c/thanks").await.status(), 200);
}

#[tokio::test]
async fn who_waits_to_be_told_to_go_on_gets_an_answer() {
    let site = Site::start();
    let body = r#"{"email": "a"}"#;
    for expectation in ["100-continue", "a miracle"] {
        let head = format!(
            "POST /v1/signups HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: {expectation}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = site.raw(head.as_bytes()).await;
        let is_taken = answer.contains("HTTP/1.1 200 OK");
        assert!(
            is_taken || answer.starts_with("HTTP/1.1 417 "),
            "{expectation}: {answer}"
        );
    }
}
