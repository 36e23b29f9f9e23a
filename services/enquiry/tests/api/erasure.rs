use contracts::signup::PersonErased;
use contracts::{BudgetKey, EmailAddress, Event, PersonId};
use enquiry::commands::release_held::release_held;
use enquiry::consumers::Events;
use enquiry::domain::reference::Reference;
use kafka::{Handler, Verdict};
use serde_json::{Value, json};
use testkit::wait_until;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::test_app::{SOON, TestApp, question, received, subject_key};

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
    app.hold().await;
    assert!(dump(&app).await.contains("anna"));

    erase(&app, "Anna@Example.com", OffsetDateTime::now_utc()).await;
    let left = dump(&app).await;
    for trace in ["anna", "Anna", "group discount"] {
        assert!(!left.contains(trace), "{trace} in {left}");
    }
    assert!(left.contains("bert@example.com"));
    assert_eq!(app.count("select count(*) from idempotency_keys").await, 1);
    assert_eq!(app.count("select count(*) from mail_budgets").await, 1, "bert's");
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

const WAITING: &str = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";

/// Breaks on a build whose erasure does not wait for what is being written.
#[tokio::test]
async fn a_question_that_is_being_written_is_erased_with_the_rest() {
    let app = TestApp::start().await;
    let address = EmailAddress::parse("anna@example.com").expect("valid");
    let mut holding = app.database.pool().begin().await.expect("a transaction");
    sqlx::query("insert into mail_budgets (limit_key, sent_at, granted_to) values ($1, '{}', $2)")
        .bind(BudgetKey::of(&subject_key(), &address).0)
        .bind(Uuid::nil())
        .execute(&mut *holding)
        .await
        .expect("held");
    let asking = async { assert_eq!(app.ask(&question()).await.status(), 202) };
    let erasing = async {
        wait_until("the question waits", SOON, async || app.count(WAITING).await == 1).await;
        let erasing = erase(&app, "anna@example.com", OffsetDateTime::now_utc());
        let letting_go = async {
            let confirmed = "select count(*) from erased_people";
            wait_until("the erasure waits or is done", SOON, async || {
                app.count(WAITING).await == 2 || app.count(confirmed).await == 1
            })
            .await;
            holding.rollback().await.expect("let go");
        };
        tokio::join!(erasing, letting_go)
    };
    tokio::join!(asking, erasing);
    assert_eq!(app.count("select count(*) from enquiries").await, 0);
    assert_eq!(
        app.count("select count(*) from outbox where person_id is not null")
            .await,
        0
    );
}

/// Breaks on a build whose question does not wait for the erasure that is under way.
#[tokio::test]
async fn a_question_during_an_erasure_is_later_than_it() {
    let app = TestApp::start().await;
    assert_eq!(app.ask(&question()).await.status(), 202);
    let mut holding = app.database.pool().begin().await.expect("a transaction");
    sqlx::query("select from mail_budgets for update")
        .execute(&mut *holding)
        .await
        .expect("held");
    let erasing = erase(&app, "anna@example.com", ahead());
    let asking = async {
        wait_until("the erasure waits", SOON, async || app.count(WAITING).await == 1).await;
        let asking = async { assert_eq!(app.ask(&question()).await.status(), 202) };
        let letting_go = async {
            wait_until("the question waits", SOON, async || app.count(WAITING).await == 2).await;
            holding.rollback().await.expect("let go");
        };
        tokio::join!(asking, letting_go)
    };
    tokio::join!(erasing, asking);
    assert_eq!(app.count("select count(*) from enquiries").await, 1);
    assert_eq!(app.count(LATER).await, 1);
}

const LATER: &str = "select count(*) from enquiries join erased_people using (person_id)
                     where accepted_at > erased_at and event_time > erased_at";

/// The time of an erasure by signup's database, whose clock is ahead of this one's.
fn ahead() -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::minutes(2)
}

/// Breaks on a build that compares the clocks of two databases.
#[tokio::test]
async fn a_question_after_an_erasure_is_later_although_this_clock_is_behind() {
    let app = TestApp::start().await;
    let erased_at = ahead();
    erase(&app, "anna@example.com", erased_at).await;
    assert_eq!(app.ask(&question()).await.status(), 202);
    assert_eq!(app.count(LATER).await, 1);
    erase(&app, "anna@example.com", erased_at).await;
    assert_eq!(app.count("select count(*) from enquiries").await, 1);
}

/// Breaks on a build that releases at a time before the question.
#[tokio::test]
async fn a_held_question_is_released_after_its_persons_erasure_although_this_clock_is_behind() {
    let app = TestApp::start().await;
    erase(&app, "anna@example.com", ahead()).await;
    app.hold().await;
    let reference = app.text("select reference from enquiries").await;
    let reference = Reference::parse(&reference).expect("a reference");
    let released = release_held(app.app.state(), &reference).await;
    assert!(released.expect("the database is there"));
    assert_eq!(app.count(LATER).await, 1);
}
