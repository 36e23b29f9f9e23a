use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use serde_json::json;
use testkit::hostile::{
    ADDRESSES_REFUSED, ADDRESSES_TAKEN, MESSAGES_REFUSED, NAMES_REFUSED, NAMES_TAKEN, QUERIES, json_bodies,
};

use crate::test_app::{FORM, TestApp, answered, json_of, question, stamp_of};

#[tokio::test]
async fn bodies_that_are_no_request_are_refused_with_a_problem() {
    let app = TestApp::start().await;
    for body in json_bodies() {
        let request = app.post("/v1/enquiries").header(CONTENT_TYPE, body.media_type);
        let response = answered(request.body(body.bytes)).await;
        let (what, status) = (body.what, response.status().as_u16());
        assert!(body.statuses.contains(&status), "{what}: {status}");
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

/// Fields with what they must not hold.
fn harmful() -> Vec<(&'static str, String)> {
    let all = |field: &'static str, texts: &[&str]| -> Vec<(&'static str, String)> {
        texts.iter().map(|text| (field, (*text).to_owned())).collect()
    };
    let mut texts = all("name", &NAMES_REFUSED);
    texts.extend(all("email", &ADDRESSES_REFUSED));
    texts.extend(all("message", &MESSAGES_REFUSED));
    texts.extend(all("topic", &["none", "", "../etc", "COURSE ", "a\u{202e}"]));
    texts.extend([
        ("name", "x".repeat(10_000)),
        ("name", "👩‍🚀".repeat(65)),
        ("name", format!("a{}", "\u{301}".repeat(500))),
        ("email", "x".repeat(300)),
        ("message", "x".repeat(4_001)),
        ("message", format!("a{}", "\u{301}".repeat(10_000))),
    ]);
    texts
}

#[tokio::test]
async fn texts_that_would_harm_a_mail_or_a_page_are_refused_by_field() {
    let app = TestApp::start().await;
    let before = app.database.contents().await;
    let of_the_api_only = ("campaign", "../etc".to_owned());
    for (field, text) in harmful().into_iter().chain([of_the_api_only]) {
        let mut body = question();
        body[field] = json!(text);
        let response = app.ask(&body).await;
        assert_eq!(response.status(), 422, "{field}: {text:?}");
        let problem = json_of(response).await;
        assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"), "{text:?}");
    }
    assert_eq!(app.database.contents().await, before);
}

#[tokio::test]
async fn the_form_refuses_what_the_api_refuses_and_says_so_beside_the_field() {
    let app = TestApp::start().await;
    let before = app.database.contents().await;
    for (field, text) in harmful() {
        let mut fields = FORM.to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, &text));
        let response = app.send_form(&fields).await;
        assert_eq!(response.status(), 422, "{field}: {text:?}");
        let page = response.text().await.expect("a page");
        assert!(
            page.contains(&format!("id=\"{field}-error\"")),
            "{field} {text:?}: {page}"
        );
        assert!(!page.contains("<script"), "{field} {text:?}");
    }
    assert_eq!(app.database.contents().await, before);
}

#[tokio::test]
async fn texts_that_are_only_unusual_are_taken_as_they_are() {
    let app = TestApp::start().await;
    let names = NAMES_TAKEN.into_iter().map(|name| ("name", name));
    let addresses = ADDRESSES_TAKEN.into_iter().map(|address| ("email", address));
    let messages = [
        "Line\r\n.\r\nMAIL FROM:<x>",
        "'; drop table enquiries; --",
        "👩‍🚀 مرحبا",
        "=1+1",
        "{{ 7 * 7 }} <img src=x onerror=alert(1)>",
    ];
    let messages = messages.into_iter().map(|message| ("message", message));
    for (number, (field, text)) in names.chain(addresses).chain(messages).enumerate() {
        let mut body = question();
        body[field] = json!(text);
        assert_eq!(app.ask(&body).await.status(), 202, "{field}: {text}");
        let key = format!("key-{number}");
        let mut fields = vec![("key", key.as_str()), (field, text)];
        fields.extend(FORM.into_iter().filter(|(name, _)| *name != field));
        assert_eq!(app.send_form(&fields).await.status(), 303, "{field}: {text}");
    }
    for stored in [
        "select count(*) from enquiries where name = 'Zoë O''Neil'",
        "select count(*) from enquiries where message like E'Line\\n.\\nMAIL%'",
        "select count(*) from enquiries where email = 'anna@xn--exmple-cua.de'",
        "select count(*) from enquiries where email = 'Anna.Muster+tag@example.com'",
    ] {
        assert_eq!(app.count(stored).await, 2, "{stored}");
    }
}

/// A form writes each byte of it as `%xx`, and some JSON libraries write `\ud83d\udc4b` for four of them.
#[tokio::test]
async fn a_message_of_the_greatest_length_is_taken_in_any_script_and_encoding() {
    let app = TestApp::start().await;
    for (number, letter) in ["x", "é", "好", "👋"].into_iter().enumerate() {
        let message = letter.repeat(4_000);
        let key = format!("key-{number}");
        let mut fields = FORM.to_vec();
        fields.retain(|(name, _)| *name != "message");
        fields.extend([("message", message.as_str()), ("key", &key)]);
        assert_eq!(app.send_form(&fields).await.status(), 303, "{letter}");
        let escaped: String = message
            .encode_utf16()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect();
        let body = format!(r#"{{"email":"anna@example.com","topic":"course","message":"{escaped}"}}"#);
        let request = app.post("/v1/enquiries").header(CONTENT_TYPE, "application/json");
        assert_eq!(answered(request.body(body)).await.status(), 202, "{letter}");
    }
    assert_eq!(
        app.count("select count(*) from enquiries where length(message) = 4000")
            .await,
        8
    );
}

#[tokio::test]
async fn a_redirect_stays_here_whatever_host_or_next_page_a_request_names() {
    let app = TestApp::start().await;
    let mut fields = FORM.to_vec();
    let stamp = stamp_of(time::Duration::minutes(1));
    fields.extend([
        ("stamp", stamp.as_str()),
        ("next", "//evil.example"),
        ("utm_source", "x"),
    ]);
    let request = app.post("/contact?next=//evil.example&return_to=https://evil.example");
    let request = request
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example");
    let response = answered(request.form(&fields)).await;
    assert_eq!(response.status(), 303);
    let location = response.headers()[LOCATION].to_str().expect("ASCII").to_owned();
    assert!(location.starts_with("/contact/thanks?ref=Q-"), "{location}");
    let told = app.text("select payload from enquiries").await;
    assert!(!told.contains("evil.example"), "{told}");
}

#[tokio::test]
async fn a_form_that_is_no_form_is_refused() {
    let app = TestApp::start().await;
    for (media_type, body, expected) in [
        ("application/json", b"{}".to_vec(), 415),
        ("multipart/form-data; boundary=x", b"--x--".to_vec(), 415),
        ("application/x-www-form-urlencoded", b"name=%ff".to_vec(), 400),
        ("application/x-www-form-urlencoded", b"name=%00".to_vec(), 422),
        ("application/x-www-form-urlencoded", vec![b'a'; 70 * 1024], 413),
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
    for query in QUERIES {
        for page in ["/contact", "/contact/thanks"] {
            assert_eq!(app.get(&format!("{page}?{query}")).await.status(), 200, "{query}");
        }
    }
}
