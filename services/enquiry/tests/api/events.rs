//! Through a real broker: what the service tells, and what it is told.

use contracts::enquiry::EnquiryAccepted;
use contracts::notification::{Purpose, State, StateChanged};
use contracts::signup::PersonErased;
use contracts::{EmailAddress, Event, EventHeaders, PersonId, topics};
use kafka::{Producer, Received, Record};
use serde_json::Value;
use testkit::{TestKafka, wait_until};
use time::OffsetDateTime;

use crate::test_app::{SOON, TestApp, question, subject_key};

async fn start() -> (TestApp, TestKafka) {
    let (database, kafka) = tokio::join!(testkit::database("enquiry"), testkit::kafka());
    let config = database.config("enquiry");
    let app = TestApp::with(database, config, kafka.config("enquiry"));
    app.start_background();
    (app, kafka)
}

async fn tell(kafka: &TestKafka, events: Vec<Event>) {
    let producer = Producer::new(&kafka.config("test")).expect("a producer");
    let reports = producer
        .send_all(events.into_iter().map(Record::from).collect())
        .await;
    assert!(reports.iter().all(Result::is_ok), "{reports:?}");
}

fn payload(record: &Received) -> Value {
    serde_json::from_slice(record.payload.as_deref().expect("data")).expect("JSON")
}

#[tokio::test]
async fn an_accepted_question_is_told_as_it_was_reviewed() {
    let (app, kafka) = start().await;
    let told = kafka.tail(topics::ENQUIRY_EVENTS);
    let mut asked = question();
    asked["name"] = "Anna".into();
    asked["campaign"] = "instagram".into();
    assert_eq!(app.ask(&asked).await.status(), 202);
    let records = told.wait_for("the event", |records| !records.is_empty()).await;
    let headers = EventHeaders::parse(&records[0].headers).expect("an event");
    assert!(headers.is::<EnquiryAccepted>() && headers.traceparent.is_some());
    let data = payload(&records[0]);
    assert_eq!(
        records[0].key.as_deref(),
        data["enquiry_id"].as_str().map(str::as_bytes)
    );
    insta::assert_json_snapshot!("enquiry_accepted", data, {
        ".enquiry_id" => "[uuid]", ".reference" => "[reference]", ".accepted_at" => "[time]",
    });
    let secrets = ["anna", "Anna", "discount"];
    for (name, value) in &records[0].headers {
        let value = String::from_utf8_lossy(value);
        assert!(!secrets.iter().any(|secret| value.contains(secret)), "{name}");
    }
    let sent = async || app.count("select count(*) from outbox").await == 0;
    wait_until("the outbox is empty", SOON, sent).await;
}

#[tokio::test]
async fn states_of_mails_settle_a_delivery_and_a_poisoned_event_stops_nothing() {
    let (app, kafka) = start().await;
    let parked = kafka.tail("enquiry.dead-letters");
    assert_eq!(app.ask(&question()).await.status(), 202);
    let (request_id, event_id) = sqlx::query_as("select id, event_id from enquiries")
        .fetch_one(app.database.pool())
        .await
        .expect("one row");
    let state = |purpose| {
        let changed = StateChanged {
            request_id,
            event_id,
            purpose,
            recipient: 0,
            revision: 2,
            state: State::Accepted,
            reply_code: Some(250),
            feedback: None,
            at: OffsetDateTime::now_utc(),
        };
        Event::new(request_id, changed.at, &changed)
    };
    let mut poison = state(Purpose::Team);
    poison.payload = Some(b"poison".to_vec());
    tell(&kafka, vec![poison, state(Purpose::Team), state(Purpose::Ack)]).await;
    let done = async || app.text("select delivery from enquiries").await == "done";
    wait_until("the delivery is done", SOON, done).await;
    let letters = parked.wait_for("the poison", |records| !records.is_empty()).await;
    assert_eq!(letters[0].payload.as_deref(), Some(b"poison".as_slice()));
}

#[tokio::test]
async fn an_erasure_reaches_this_service_and_is_confirmed() {
    let (app, kafka) = start().await;
    let told = kafka.tail(topics::ENQUIRY_EVENTS);
    assert_eq!(app.ask(&question()).await.status(), 202);
    let address = EmailAddress::parse("anna@example.com").expect("valid");
    let erased = PersonErased {
        person_id: PersonId::of(&subject_key(), &address),
        erased_at: OffsetDateTime::now_utc(),
    };
    tell(
        &kafka,
        vec![Event::new(erased.person_id, erased.erased_at, &erased)],
    )
    .await;
    let person = erased.person_id.to_string();
    told.wait_for("the confirmation", |records| {
        records
            .iter()
            .any(|record| record.key.as_deref() == Some(person.as_bytes()))
    })
    .await;
    assert_eq!(app.count("select count(*) from enquiries").await, 0);
}
