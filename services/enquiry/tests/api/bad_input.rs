use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::json;

use crate::test_app::{TestApp, answered, json_of, question};

/// Every body with the statuses that it may get.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>, &'static [u16])> {
    let json = "application/json";
    let deep = "[".repeat(10_000);
    vec![
        ("no body", json, Vec::new(), &[400]),
        ("not JSON", json, b"email=a".to_vec(), &[400]),
        ("a list", json, b"[]".to_vec(), &[422]),
        (
            "numbers",
            json,
            br#"{"email":1,"topic":2,"message":3}"#.to_vec(),
            &[422],
        ),
        (
            "a huge number",
            json,
            br#"{"email":1e9999}"#.to_vec(),
            &[400, 422],
        ),
        ("not a number", json, br#"{"email":NaN}"#.to_vec(), &[400]),
        (
            "a key twice",
            json,
            br#"{"email":"a@example.com","email":"b@example.com"}"#.to_vec(),
            &[422],
        ),
        ("very deep", json, deep.into_bytes(), &[400]),
        ("a byte order mark", json, b"\xef\xbb\xbf{}".to_vec(), &[400]),
        ("UTF-16", json, b"{\0}\0".to_vec(), &[400]),
        ("no UTF-8", json, b"{\"email\":\"\xff\"}".to_vec(), &[400]),
        ("a NUL", json, br#"{"message":"a\u0000b"}"#.to_vec(), &[422]),
        (
            "half a surrogate",
            json,
            br#"{"message":"\ud800"}"#.to_vec(),
            &[400],
        ),
        (
            "a form",
            "application/x-www-form-urlencoded",
            b"email=a".to_vec(),
            &[415],
        ),
        (
            "another charset",
            "application/json; charset=utf-16",
            b"{}".to_vec(),
            &[415],
        ),
        ("no type", "", b"{}".to_vec(), &[415]),
        ("too large", json, vec![b' '; 40 * 1024], &[413]),
    ]
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused_with_a_problem() {
    let app = TestApp::start().await;
    for (what, media_type, body, expected) in bodies() {
        let response = answered(
            app.post("/v1/enquiries")
                .header(CONTENT_TYPE, media_type)
                .body(body),
        )
        .await;
        let status = response.status().as_u16();
        assert!(expected.contains(&status), "{what}: {status}");
        assert_eq!(
            response.headers()[CONTENT_TYPE],
            "application/problem+json",
            "{what}"
        );
        assert_eq!(json_of(response).await["status"], status, "{what}");
    }
    let packed = app
        .post("/v1/enquiries")
        .json(&question())
        .header("content-encoding", "gzip");
    assert_eq!(answered(packed).await.status(), 415);
    assert_eq!(app.count("select count(*) from enquiries").await, 0);
}

#[tokio::test]
async fn texts_that_would_harm_a_mail_or_a_page_are_refused_by_field() {
    let app = TestApp::start().await;
    let long = |text: &str, times| json!(text.repeat(times));
    for (field, value) in [
        ("name", json!("Anna\r\nBcc: all@example.net")),
        ("name", json!("Anna\u{202e}")),
        ("name", json!("www.example.com")),
        ("name", long("x", 10_000)),
        ("name", long("👩‍🚀", 65)),
        ("name", json!(format!("a{}", "\u{301}".repeat(500)))),
        ("email", json!("Anna <anna@example.com>")),
        ("email", json!("\"anna\"@example.com")),
        ("email", json!("anna@[127.0.0.1]")),
        ("email", json!("anna@localhost")),
        ("email", json!("anna@example.com\r\nBcc: all@example.net")),
        ("email", json!("用户@example.com")),
        ("email", long("x", 300)),
        ("topic", json!("none")),
        ("topic", json!("")),
        ("message", long("x", 4_001)),
        ("message", json!(" \n ")),
        ("message", json!("a\u{7}b")),
        ("campaign", json!("../etc")),
    ] {
        let mut body = question();
        body[field] = value.clone();
        let response = app.ask(&body).await;
        assert_eq!(response.status(), 422, "{field}: {value}");
        let problem = json_of(response).await;
        assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"), "{value}");
    }
    assert_eq!(app.count("select count(*) from enquiries").await, 0);
}

#[tokio::test]
async fn texts_that_are_only_unusual_are_taken_as_they_are() {
    let app = TestApp::start().await;
    for (field, value) in [
        ("name", "Zoe\u{308} O'Neil"),
        ("name", "<script>alert(1)</script>"),
        ("name", "{{ 7 * 7 }}"),
        ("name", "=1+1"),
        ("message", "Line\r\n.\r\nMAIL FROM:<x>"),
        ("message", "'; drop table enquiries; --"),
        ("message", "👩‍🚀 مرحبا"),
        ("email", "anna@exämple.de"),
        ("email", "anna+tag@example.com"),
    ] {
        let mut body = question();
        body[field] = json!(value);
        assert_eq!(app.ask(&body).await.status(), 202, "{field}: {value}");
    }
    assert_eq!(
        app.count("select count(*) from enquiries where name = 'Zoë O''Neil'")
            .await,
        1
    );
    assert_eq!(
        app.count("select count(*) from enquiries where message like E'Line\\n.\\nMAIL%'")
            .await,
        1
    );
    assert_eq!(
        app.count("select count(*) from enquiries where email = 'anna@xn--exmple-cua.de'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_form_that_is_no_form_is_refused() {
    let app = TestApp::start().await;
    for (media_type, body, expected) in [
        ("application/json", b"{}".to_vec(), 415),
        ("multipart/form-data; boundary=x", b"--x--".to_vec(), 415),
        ("application/x-www-form-urlencoded", b"name=%ff".to_vec(), 400),
        ("application/x-www-form-urlencoded", b"name=%00".to_vec(), 422),
        ("application/x-www-form-urlencoded", vec![b'a'; 40 * 1024], 413),
    ] {
        let request = app.post("/contact").header(CONTENT_TYPE, media_type).body(body);
        assert_eq!(answered(request).await.status(), expected, "{media_type}");
    }
    let page = app.post("/contact").header(ACCEPT, "text/html").body("");
    let page = answered(page).await;
    assert!(
        page.headers()[CONTENT_TYPE]
            .to_str()
            .expect("ASCII")
            .starts_with("text/html")
    );
}

#[tokio::test]
async fn a_query_that_is_none_still_gets_the_page() {
    let app = TestApp::start().await;
    for query in [
        "%",
        "%00=%00",
        "utm_source=%ff%fe",
        "a=b=c&&=&utm_source",
        "campaign[]=x",
        "topic=%0d%0aX:1",
    ] {
        for page in ["/contact", "/contact/thanks"] {
            assert_eq!(app.get(&format!("{page}?{query}")).await.status(), 200, "{query}");
        }
    }
}
