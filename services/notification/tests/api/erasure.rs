use contracts::Event;
use contracts::notification::{ErasureConfirmed, State};
use contracts::offer::DeliveryMode;
use contracts::signup::PersonErased;
use kafka::Received;
use time::{Duration, OffsetDateTime};

use crate::samples::{accepted, asked, enquiry, offer, person, signup};
use crate::test_app::{TestApp, payloads};

fn erased(email: &str, erased_at: OffsetDateTime) -> Event {
    let payload = PersonErased {
        person_id: person(email),
        erased_at,
    };
    Event::new(payload.person_id, erased_at, &payload)
}

fn confirmed(records: &[Received]) -> Vec<ErasureConfirmed> {
    payloads(records)
}

/// Every column of every table, as text: what a dump would show.
async fn everything(app: &TestApp) -> String {
    let mut all = String::new();
    for table in [
        "notifications",
        "due_notifications",
        "waiting_notifications",
        "attempts",
        "outbox",
        "suppressions",
        "bounces",
    ] {
        let query = format!("select coalesce(string_agg(t::text, chr(10)), '') from {table} t");
        let text: String = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(app.around.database.pool())
            .await
            .expect("a text");
        all.push_str(&text);
    }
    all
}

#[tokio::test]
async fn an_erased_person_leaves_no_trace_and_a_replay_stays_inert() {
    let app = TestApp::start().await;
    app.around.relay.set(testkit::Fault::Refuse).await;
    let (signup, enquiry) = (
        signup("anna.muster@example.com"),
        enquiry("anna.muster@example.com"),
    );
    let events = vec![accepted(&signup), asked(&enquiry)];
    app.publish(events.clone()).await;
    app.wait_for_count(3, "select count(*) from notifications").await;
    assert!(everything(&app).await.contains("anna.muster@example.com"));

    let now = OffsetDateTime::now_utc();
    app.publish(vec![erased("anna.muster@example.com", now)]).await;
    app.around
        .told
        .wait_for("confirmed", |records| confirmed(records).len() == 1)
        .await;
    let left = everything(&app).await;
    for trace in [
        "muster",
        "Muster",
        "discount",
        "download-token",
        &signup.signup_id.to_string(),
    ] {
        assert!(!left.contains(trace), "{trace} is left");
    }
    assert_eq!(app.count("select count(*) from due_notifications").await, 0);

    app.publish(offer(1, DeliveryMode::Link)).await;
    app.publish(events).await;
    app.publish(vec![erased("anna.muster@example.com", now)]).await;
    app.around
        .told
        .wait_for("confirmed again", |records| confirmed(records).len() == 2)
        .await;
    app.around.relay.set(testkit::Fault::Pass).await;
    app.wait_for_count(
        3,
        "select count(*) from notifications where state = 'suppressed' and person_id is null",
    )
    .await;
    let left = everything(&app).await;
    assert!(!left.contains("uster") && !left.contains("discount"));
    assert!(app.around.mailbox.messages().is_empty());
}

#[tokio::test]
async fn an_event_from_before_the_erasure_that_comes_after_it_keeps_only_its_id() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.publish(vec![erased("anna@example.com", OffsetDateTime::now_utc())])
        .await;
    app.around
        .told
        .wait_for("confirmed", |records| confirmed(records).len() == 1)
        .await;
    let mut late = signup("anna@example.com");
    late.accepted_at = OffsetDateTime::now_utc() - Duration::minutes(5);
    app.publish(vec![accepted(&late)]).await;
    app.wait_for_count(
        1,
        "select count(*) from notifications where state = 'suppressed' and address is null",
    )
    .await;
    assert!(!everything(&app).await.contains("anna"));
    assert!(app.mails_to("anna@example.com").is_empty());
}

#[tokio::test]
async fn who_signs_up_again_after_the_erasure_is_mailed_though_it_is_repeated() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let before = OffsetDateTime::now_utc() - Duration::minutes(1);
    let again = signup("anna@example.com");
    app.publish(vec![
        erased("anna@example.com", before),
        accepted(&again),
        erased("anna@example.com", before),
    ])
    .await;
    app.mail_to("anna@example.com").await;
    app.told(again.signup_id, State::Accepted).await;
}
