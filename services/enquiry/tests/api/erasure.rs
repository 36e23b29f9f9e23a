use contracts::signup::PersonErased;
use contracts::{EmailAddress, Event, PersonId};
use enquiry::consumers::Events;
use kafka::{Handler, Verdict};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::test_app::{FORM, TestApp, question, received, subject_key};

fn person(email: &str) -> PersonId {
    PersonId::of(&subject_key(), &EmailAddress::parse(email).expect("valid"))
}

async fn erase(app: &TestApp, email: &str, erased_at: OffsetDateTime) {
    let erased = PersonErased {
        person_id: person(email),
        erased_at,
    };
    let event = Event::new(erased.person_id, erased_at, &erased);
    let consumer = Events::new(app.app.state().clone());
    assert_eq!(
        consumer.handle(&[received(&event)]).await,
        Ok(vec![Verdict::Done])
    );
}

/// Everything in every table, as text.
async fn dump(app: &TestApp) -> String {
    let payloads = app
        .text("select coalesce(string_agg(convert_from(payload, 'utf8'), E'\\n'), '') from outbox")
        .await;
    let mut all = payloads;
    for query in [
        "select coalesce(string_agg(t::text, E'\\n'), '') from enquiries as t",
        "select coalesce(string_agg(t::text, E'\\n'), '') from idempotency_keys as t",
        "select coalesce(string_agg(t::text, E'\\n'), '') from mail_budgets as t",
        "select coalesce(string_agg(t::text, E'\\n'), '') from status_changes as t",
        "select coalesce(string_agg(t::text, E'\\n'), '') from mails as t",
        "select coalesce(string_agg(t::text, E'\\n'), '') from erased_people as t",
    ] {
        all += &app.text(query).await;
    }
    all
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_and_others_stay() {
    let app = TestApp::start().await;
    let mut bert = question();
    bert["email"] = json!("bert@example.com");
    bert["message"] = json!("Who are you?");
    app.ask_with_key("k", &question()).await;
    app.ask_with_key("k", &bert).await;
    let mut held = FORM.to_vec();
    held.push(("website", "x"));
    app.send_form(&held).await;
    assert!(dump(&app).await.contains("anna"));

    erase(&app, "Anna@Example.com", OffsetDateTime::now_utc()).await;
    let left = dump(&app).await;
    for trace in ["anna", "Anna", "group discount"] {
        assert!(!left.contains(trace), "{trace} in {left}");
    }
    assert!(left.contains("bert@example.com"));
    assert_eq!(app.count("select count(*) from idempotency_keys").await, 1);
    let unsent = "select count(*) from outbox where event_type = 'leadstream.enquiry.accepted.v1'";
    assert_eq!(app.count(unsent).await, 1);
}

#[tokio::test]
async fn an_erasure_is_remembered_and_confirmed_each_time_it_is_asked_for() {
    let app = TestApp::start().await;
    let erased_at = OffsetDateTime::now_utc();
    erase(&app, "anna@example.com", erased_at).await;
    erase(&app, "anna@example.com", erased_at).await;
    let confirmations: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "select key, payload from outbox where event_type = 'leadstream.enquiry.erasure_confirmed.v1'",
    )
    .fetch_all(app.database.pool())
    .await
    .expect("rows");
    assert_eq!(confirmations.len(), 2);
    for (key, payload) in confirmations {
        let told: Value = serde_json::from_slice(&payload).expect("JSON");
        assert_eq!(told["person_id"], key);
        assert_eq!(key, person("anna@example.com").to_string());
    }
    assert_eq!(app.count("select count(*) from erased_people").await, 1);
}

#[tokio::test]
async fn what_a_person_asks_after_the_erasure_stays_when_it_is_repeated() {
    let app = TestApp::start().await;
    let erased_at = OffsetDateTime::now_utc();
    erase(&app, "anna@example.com", erased_at).await;
    assert_eq!(app.ask(&question()).await.status(), 202);
    erase(&app, "anna@example.com", erased_at).await;
    assert_eq!(app.count("select count(*) from enquiries").await, 1);
    erase(&app, "anna@example.com", OffsetDateTime::now_utc()).await;
    assert_eq!(app.count("select count(*) from enquiries").await, 0);
}
