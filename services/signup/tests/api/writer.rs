//! The batch writer: what an accepted signup leaves behind.

use std::sync::Arc;

use contracts::signup::SignupAccepted;
use contracts::{Payload, topics};
use lifecycle::Supervisor;
use signup::domain::consent::{Purpose, Sha256Sum};
use signup::domain::signup::SignupRequest;
use signup::{App, Error, commands};
use std::time::Duration;
use testkit::wait_until;

use crate::test_app::{self, TestApp, config, count, no_kafka, offer, outbox, told};

#[tokio::test]
async fn an_accepted_signup_is_stored_with_its_touch_its_consents_and_the_event_that_owes_its_mail() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    test_app::empty_outbox(database.pool()).await;
    let asked = SignupRequest {
        updates: true,
        ..service.request("Anna@Example.com").await
    };
    let id = commands::request_signup(&service.state, asked)
        .await
        .expect("accepted")
        .id;

    let told: SignupAccepted = told(database.pool()).await;
    assert_eq!((told.signup_id, told.email.expose()), (id, "Anna@example.com"));
    assert_eq!(told.greeting, "Hi Instagram Fam!");
    assert!(told.confirm.is_some(), "the box was ticked");
    let stored: (String, Vec<u8>) = sqlx::query_as("select delivery, payload from signups where id = $1")
        .bind(id)
        .fetch_one(database.pool())
        .await
        .expect("stored");
    assert_eq!(
        stored,
        ("owed".to_owned(), serde_json::to_vec(&told).expect("JSON"))
    );

    let consents: Vec<(String, String, Vec<u8>, String)> =
        sqlx::query_as("select purpose, state, wording_sha256, client_address from consents order by id")
            .fetch_all(database.pool())
            .await
            .expect("stored");
    let consent = offer().content.consent;
    let row = |purpose: Purpose, state: &str| {
        let Sha256Sum(sum) = consent.sum(purpose);
        (
            purpose.as_str().to_owned(),
            state.to_owned(),
            sum.to_vec(),
            "203.0.113.77".to_owned(),
        )
    };
    assert_eq!(
        consents,
        [row(Purpose::Delivery, "given"), row(Purpose::Updates, "pending")]
    );
    let touches = "select count(*) from touches where utm_source = 'instagram' and click_id = 'IwAR0clickid'";
    assert_eq!(count(database.pool(), touches).await, 1);
}

#[tokio::test]
async fn the_event_goes_to_kafka_under_the_person_id_and_nothing_of_the_person_is_in_key_or_headers() {
    let (database, kafka) = (testkit::database("signup").await, testkit::kafka().await);
    let events = kafka.tail(topics::SIGNUP_EVENTS);
    let service = TestApp::with_kafka(&database, &kafka).await;
    service.sign_up("anna@example.com").await;
    let records = events
        .wait_for("the signup is told", |records| !records.is_empty())
        .await;
    let record = &records[0];
    let told: SignupAccepted =
        serde_json::from_slice(record.payload.as_deref().expect("data")).expect("our own data");
    assert_eq!(record.key.as_deref(), Some(told.person_id.to_string().as_bytes()));
    assert_eq!(record.header("ce_type"), Some(SignupAccepted::TYPE.as_bytes()));
    for (_, value) in &record.headers {
        assert!(!String::from_utf8_lossy(value).contains("anna"));
    }
}

#[tokio::test]
async fn a_signup_without_any_kafka_is_accepted_and_waits_in_the_outbox() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    service.sign_up("anna@example.com").await;
    let last = outbox(database.pool()).await.pop();
    assert_eq!(last.as_deref(), Some(SignupAccepted::TYPE));
}

/// Catches a batch that fails as a whole.
#[tokio::test]
async fn a_row_that_the_database_refuses_costs_the_others_of_its_batch_nothing() {
    let database = testkit::database("signup").await;
    let campaign = TestApp::without_kafka(&database).await.campaign().await;
    let mut broken = (*campaign).clone();
    broken.offer.consent.version = "a NUL that no check has seen: \0".to_owned();
    let broken = Arc::new(broken);

    let supervisor = Supervisor::new();
    let app = App::build(config(database.config("signup"), no_kafka()), &supervisor)
        .expect("a valid configuration");
    let state = app.state().clone();
    let waiting: Vec<_> = (0..40)
        .map(|n| {
            let campaign = if n % 13 == 5 { &broken } else { &campaign };
            let request = test_app::request(campaign.clone(), &format!("anna{n}@example.com"));
            let state = state.clone();
            supervisor
                .spawner()
                .spawn(async move { commands::request_signup(&state, request).await })
        })
        .collect();
    let queued = || state.metrics.queue_entries.get();
    wait_until("all are queued", Duration::from_secs(1), async || queued() == 40).await;
    app.start(&supervisor);

    let mut refused = 0;
    for answer in waiting {
        match answer.await.expect("no panic") {
            Ok(_) => {}
            Err(Error::Refused { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 3);
    assert_eq!(count(database.pool(), "select count(*) from signups").await, 37);
}

#[tokio::test]
async fn a_known_lead_keeps_every_signup_and_its_first_name_and_address() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let first = service.sign_up("Anna@example.com").await;
    let second = service.sign_up("anna@example.com").await;
    let lead: (String, Vec<uuid::Uuid>) = sqlx::query_as("select email, signup_ids from leads")
        .fetch_one(database.pool())
        .await
        .expect("one lead");
    assert_eq!(lead, ("Anna@example.com".to_owned(), vec![first, second]));
}

/// Catches a writer that ends at once when it is told to stop.
#[tokio::test]
async fn what_waits_when_the_service_stops_is_written_first() {
    let database = testkit::database("signup").await;
    let campaign = TestApp::without_kafka(&database).await.campaign().await;
    let supervisor = Supervisor::new();
    let app = App::build(config(database.config("signup"), no_kafka()), &supervisor)
        .expect("a valid configuration");
    let state = app.state().clone();
    let request = test_app::request(campaign, "anna@example.com");
    let waiting = supervisor
        .spawner()
        .spawn(async move { commands::request_signup(&state, request).await });
    let state = app.state().clone();
    wait_until("it is queued", Duration::from_secs(1), async || {
        state.metrics.queue_entries.get() == 1
    })
    .await;
    app.start(&supervisor);
    assert!(
        supervisor.stop(Duration::from_secs(10)).await,
        "everything ended in time"
    );
    waiting.await.expect("no panic").expect("accepted");
}
