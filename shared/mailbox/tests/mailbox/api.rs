//! Mailpit's API, as its clients use it.

use reqwest::StatusCode;
use reqwest::header::HOST;
use serde_json::{Value, json};

use crate::running::{FULL, Running, mail};

fn subjects(list: &Value) -> Vec<&str> {
    let mails = list["messages"].as_array().expect("a list");
    mails
        .iter()
        .map(|mail| mail["Subject"].as_str().expect("a subject"))
        .collect()
}

#[tokio::test]
async fn the_list_has_the_newest_mail_first_and_counts_all() {
    let running = Running::start().await;
    running
        .deliver(&[&mail("One"), &mail("Two"), &mail("Three")])
        .await;
    let list = running.json("/api/v1/messages?start=1&limit=1").await;
    assert_eq!(subjects(&list), ["Two"]);
    for (field, value) in [
        ("total", 3),
        ("messages_count", 3),
        ("unread", 3),
        ("count", 1),
        ("start", 1),
    ] {
        assert_eq!(list[field], json!(value), "{field}");
    }
}

#[tokio::test]
async fn a_page_has_50_mails_unless_more_are_asked_for() {
    let running = Running::start().await;
    let mails: Vec<String> = (0..60).map(|n| mail(&format!("Mail {n}"))).collect();
    running
        .deliver(&mails.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    assert_eq!(subjects(&running.json("/api/v1/messages").await).len(), 50);
    assert_eq!(
        subjects(&running.json("/api/v1/messages?limit=0").await).len(),
        50
    );
    assert_eq!(
        subjects(&running.json("/api/v1/messages?limit=100000").await).len(),
        60
    );
    assert_eq!(
        subjects(&running.json("/api/v1/messages?start=100").await).len(),
        0
    );
}

#[tokio::test]
async fn a_mail_in_the_list_is_named_as_mailpit_names_it() {
    let running = Running::start().await;
    let mut client = running.connect().await;
    client
        .send(
            "b-verp@bounce.example",
            &["ada@mail.example", "hidden@mail.example"],
            FULL,
        )
        .await;
    let list = running.json("/api/v1/messages").await;
    let mail = &list["messages"][0];
    assert_eq!(
        mail["From"],
        json!({"Name": "Renée at Leadstream", "Address": "hello@leadstream.example"})
    );
    assert_eq!(
        mail["To"],
        json!([{"Name": "Ada", "Address": "ada@mail.example"}])
    );
    assert_eq!(
        mail["Bcc"],
        json!([{"Name": "", "Address": "hidden@mail.example"}])
    );
    assert_eq!(
        mail["ReplyTo"],
        json!([{"Name": "Support", "Address": "support@course.example"}])
    );
    assert_eq!(mail["Subject"], "Your cheat sheet ✓");
    assert_eq!(mail["MessageID"], "4711@leadstream.example");
    assert_eq!(mail["Snippet"], "Hello Ada, here it is ✓");
    assert_eq!(mail["Attachments"], 1);
    assert_eq!(mail["Size"], FULL.len());
    let envelope =
        json!({"From": "b-verp@bounce.example", "To": ["ada@mail.example", "hidden@mail.example"]});
    assert_eq!(mail["Envelope"], envelope);
    assert!(mail["Created"].as_str().is_some_and(|time| time.ends_with('Z')));
}

#[tokio::test]
async fn a_single_mail_shows_its_texts_its_attachments_and_how_to_unsubscribe() {
    let running = Running::start().await;
    running.deliver(&[FULL]).await;
    let id = running.mailbox.messages()[0].id;
    let mail = running.json(&format!("/api/v1/message/{id}")).await;
    assert_eq!(mail["ID"], json!(id.to_string()));
    assert_eq!(mail["Text"], "Hello Ada, here it is ✓");
    let html = mail["HTML"].as_str().expect("a text");
    assert!(
        html.contains(r#"<a href="https://leadstream.example/d/xyz">"#),
        "{html}"
    );
    assert_eq!(mail["Date"], "2026-11-24T06:00:00Z");
    assert_eq!(mail["ReturnPath"], "sender@mail.example");
    assert_eq!(
        mail["ListUnsubscribe"]["Links"],
        json!([
            "https://leadstream.example/u/abc",
            "mailto:stop@leadstream.example"
        ])
    );
    assert_eq!(
        mail["ListUnsubscribe"]["HeaderPost"],
        "List-Unsubscribe=One-Click"
    );
    assert_eq!(mail["Inline"], json!([]));
    let attachment = &mail["Attachments"][0];
    assert_eq!(attachment["FileName"], "Sheet.pdf");
    assert_eq!(attachment["ContentType"], "application/pdf");
    assert_eq!(attachment["Size"], 9);
}

#[tokio::test]
async fn an_attachment_is_downloaded_and_never_shown_in_place() {
    let running = Running::start().await;
    running.deliver(&[FULL]).await;
    let mail = running.json("/api/v1/message/latest").await;
    let part = mail["Attachments"][0]["PartID"].as_str().expect("an id");
    let answer = running.get(&format!("/api/v1/message/latest/part/{part}")).await;
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"Sheet.pdf\""
    );
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.bytes().await.expect("a body"), "%PDF-1.7\n");
    assert_eq!(
        running.get("/api/v1/message/latest/part/99").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_raw_mail_is_what_was_sent_octet_by_octet() {
    let running = Running::start().await;
    running.deliver(&[FULL]).await;
    let answer = running.get("/api/v1/message/latest/raw").await;
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.bytes().await.expect("a body"), FULL);
}

#[tokio::test]
async fn headers_are_listed_by_name_with_all_their_values() {
    let running = Running::start().await;
    running
        .deliver(&["received: by a\r\nReceived: by b\r\nSubject: One\r\nX-MAILER: tests\r\n\r\nHello\r\n"])
        .await;
    let headers = running.json("/api/v1/message/latest/headers").await;
    assert_eq!(
        headers,
        json!({"Received": ["by a", "by b"], "Subject": ["One"], "X-Mailer": ["tests"]})
    );
}

#[tokio::test]
async fn deletion_takes_the_named_mails_or_all_of_them() {
    let running = Running::start().await;
    running
        .deliver(&[&mail("One"), &mail("Two"), &mail("Three")])
        .await;
    let two = running.mailbox.messages()[1].id;
    let delete = |body: String| {
        running
            .http()
            .delete(running.url("/api/v1/messages"))
            .body(body)
            .send()
    };
    let answer = delete(json!({"IDs": [two.to_string(), "not-an-id"]}).to_string())
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(running.subjects(), ["Three", "One"]);
    assert_eq!(
        delete("nonsense".into()).await.expect("an answer").status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(running.subjects(), ["Three", "One"]);
    assert_eq!(
        delete(String::new()).await.expect("an answer").status(),
        StatusCode::OK
    );
    assert!(running.subjects().is_empty());
}

#[tokio::test]
async fn a_mail_that_is_not_there_is_not_found() {
    let running = Running::start().await;
    for path in [
        "latest",
        "019339c1-0000-7000-8000-000000000000",
        "..%2f..%2fetc%2fpasswd",
    ] {
        for rest in ["", "/raw", "/headers", "/part/1"] {
            let answer = running.get(&format!("/api/v1/message/{path}{rest}")).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}{rest}");
        }
    }
}

#[tokio::test]
async fn what_is_no_mail_at_all_is_kept_and_shown_all_the_same() {
    let running = Running::start().await;
    running
        .deliver(&[
            "",
            "no header here\r\n",
            "\r\n\r\n",
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        ])
        .await;
    for mail in running.mailbox.messages() {
        let id = mail.id;
        running.json(&format!("/api/v1/message/{id}")).await;
        running.json(&format!("/api/v1/message/{id}/headers")).await;
        running.text(&format!("/mail/{id}")).await;
    }
}

#[tokio::test]
async fn a_request_under_a_name_from_the_internet_is_turned_away() {
    let running = Running::start().await;
    running.deliver(&[&mail("Private")]).await;
    let rebound = running
        .http()
        .get(running.url("/api/v1/messages"))
        .header(HOST, "evil.example:8025");
    let answer = rebound.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
    assert!(!answer.text().await.expect("text").contains("Private"));
    let local = running
        .http()
        .get(running.url("/api/v1/messages"))
        .header(HOST, "localhost:8025");
    assert_eq!(local.send().await.expect("an answer").status(), StatusCode::OK);
}
