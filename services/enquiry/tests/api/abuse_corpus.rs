//! Real abuse of text fields and of JSON, where `LEADSTREAM_CORPORA` names the folder that holds it.

use std::fs;
use std::path::PathBuf;

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::test_app::{FORM, TestApp, answered, question};

#[tokio::test]
async fn every_naughty_string_in_every_field_is_taken_or_refused_but_never_an_error_of_ours() {
    let Some(strings) = corpus_file("http-abuse/naughty-strings.json") else {
        return;
    };
    let strings: Vec<String> =
        serde_json::from_slice(&fs::read(strings).expect("readable")).expect("strings");
    assert!(strings.len() > 200, "{} strings", strings.len());
    let app = TestApp::start().await;
    for text in &strings {
        for field in ["name", "message", "topic", "email", "campaign"] {
            let mut body = question();
            body[field] = json!(text);
            taken_or_refused(app.ask(&body).await.status(), field, text);
        }
        let mut body = question();
        body["touch"] = json!({ "utm_source": text, "utm_content": text });
        assert_eq!(
            app.ask(&body).await.status(),
            if text.contains('\0') { 422 } else { 202 },
            "UTM {text:?}"
        );
    }
    every_stored_event_reads_back(&app).await;
}

#[tokio::test]
async fn every_naughty_string_in_the_form_is_taken_or_shown_again() {
    let Some(strings) = corpus_file("http-abuse/naughty-strings.json") else {
        return;
    };
    let strings: Vec<String> =
        serde_json::from_slice(&fs::read(strings).expect("readable")).expect("strings");
    let app = TestApp::start().await;
    for text in &strings {
        for field in ["name", "message", "utm_term"] {
            let mut fields = FORM.to_vec();
            fields.retain(|(name, _)| *name != field);
            fields.push((field, text));
            let response = app.send_form(&fields).await;
            assert!(
                [303, 422].contains(&response.status().as_u16()),
                "{field} {text:?}"
            );
            if response.status() == 422 && response.headers()[CONTENT_TYPE] == "text/html; charset=utf-8" {
                let page = response.text().await.expect("a page");
                assert!(
                    !page.contains("<script") && !page.contains("<img"),
                    "{field} {text:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn every_json_file_is_refused_or_taken_but_never_an_error_of_ours() {
    let Some(folder) = corpus_file("http-abuse/json") else {
        return;
    };
    let app = TestApp::start().await;
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let request = app.post("/v1/enquiries").header(CONTENT_TYPE, "application/json");
        let response = answered(request.body(fs::read(&path).expect("readable"))).await;
        let status = response.status().as_u16();
        assert!([400, 413, 422].contains(&status), "{}: {status}", path.display());
        count += 1;
    }
    assert!(count > 100, "{count} files");
}

fn taken_or_refused(status: reqwest::StatusCode, field: &str, text: &str) {
    assert!(
        [202, 422].contains(&status.as_u16()),
        "{field} {text:?}: {status}"
    );
}

/// What is stored is what notification will read.
async fn every_stored_event_reads_back(app: &TestApp) {
    let payloads: Vec<String> = sqlx::query_scalar("select payload from enquiries")
        .fetch_all(app.database.pool())
        .await
        .expect("rows");
    assert!(payloads.len() > 200, "{}", payloads.len());
    for payload in payloads {
        let told: contracts::enquiry::EnquiryAccepted = serde_json::from_str(&payload).expect("an event");
        let again: Value = serde_json::to_value(&told).expect("JSON");
        assert_eq!(again, serde_json::from_str::<Value>(&payload).expect("JSON"));
    }
}

/// A file of the corpora, where `LEADSTREAM_CORPORA` names their folder.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test has no settings: the corpora's folder comes by environment"
)]
fn corpus_file(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("LEADSTREAM_CORPORA") else {
        println!("skipped: LEADSTREAM_CORPORA is not set");
        return None;
    };
    Some(PathBuf::from(folder).join(name))
}
