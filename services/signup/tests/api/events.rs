//! Events of other services, as they come over a real Kafka.

use std::time::Duration;

use contracts::enquiry::ErasureConfirmed as EnquiryErased;
use contracts::notification::{ErasureConfirmed, Feedback, OfferStored, Purpose, State, StateChanged};
use contracts::offer::OfferVersion;
use contracts::signup::PersonErased;
use contracts::{Event, Payload, PersonId, Slug, topics};
use kafka::{Producer, Record};
use signup::commands::{erase_address, show_lead};
use testkit::{TestKafka, wait_until};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::test_app::{TestApp, address, change, count};

const DEADLINE: Duration = Duration::from_secs(20);

async fn produce(kafka: &TestKafka, records: Vec<Record>) {
    let producer = Producer::new(&kafka.config("notification")).expect("a producer");
    for outcome in producer.send_all(records).await {
        outcome.expect("persisted");
    }
}

fn record<P: Payload>(key: impl std::fmt::Display, data: &P) -> Record {
    Event::new(key, OffsetDateTime::now_utc(), data).into()
}

fn accepted(signup: Uuid, event: Uuid) -> StateChanged {
    StateChanged {
        request_id: signup,
        event_id: event,
        purpose: Purpose::Delivery,
        recipient: 0,
        revision: 2,
        state: State::Accepted,
        reply_code: None,
        feedback: None,
        at: OffsetDateTime::now_utc(),
    }
}

#[tokio::test]
async fn what_notification_and_enquiry_tell_is_noted_beside_signups_offers_and_erasures() {
    let (database, kafka) = (testkit::database("signup").await, testkit::kafka().await);
    let service = TestApp::with_kafka(&database, &kafka).await;
    let pool = database.pool();
    let signup = service.sign_up("anna@example.com").await;
    let event: Uuid = sqlx::query_scalar("select event_id from signups")
        .fetch_one(pool)
        .await
        .expect("one");
    let person = erase_address(&service.state, &address("gone@example.com"))
        .await
        .expect("erased");
    let erased_at: OffsetDateTime = sqlx::query_scalar("select erased_at from erased_people")
        .fetch_one(pool)
        .await
        .expect("one");
    let offer = OfferVersion {
        slug: Slug::parse("system-design").expect("a slug"),
        version: 1,
    };
    let records = vec![
        record(signup, &accepted(signup, event)),
        record(&offer.slug, &OfferStored { offer: offer.clone() }),
        record(
            person,
            &ErasureConfirmed {
                person_id: person,
                erased_at,
            },
        ),
        record(
            person,
            &EnquiryErased {
                person_id: person,
                erased_at,
            },
        ),
    ];
    produce(&kafka, records).await;
    for noted in [
        "select count(*) from signups where delivery = 'done'",
        "select count(*) from offer_versions where stored_at is not null",
        "select count(*) from erased_people where enquiry_confirmed_at is not null
                                              and notification_confirmed_at is not null",
    ] {
        wait_until(noted, DEADLINE, async || count(pool, noted).await == 1).await;
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_parked_an_unknown_one_skipped_and_the_next_ones_count() {
    let (database, kafka) = (testkit::database("signup").await, testkit::kafka().await);
    let dead_letters = kafka.tail("signup.dead-letters");
    let service = TestApp::with_kafka(&database, &kafka).await;
    let signup = service.sign_up("anna@example.com").await;
    let event: Uuid = sqlx::query_scalar("select event_id from signups")
        .fetch_one(database.pool())
        .await
        .expect("one");
    let good = record(signup, &accepted(signup, event));
    let poison = Record {
        payload: Some(b"{\"not\": \"it\"}".to_vec()),
        ..good.clone()
    };
    let of_type = |name: &str| {
        let mut record = good.clone();
        let header = record
            .headers
            .iter_mut()
            .find(|(header, _)| header == "ce_type")
            .expect("a type");
        header.1 = name.as_bytes().to_vec();
        record
    };
    let newer = of_type("leadstream.notification.state_changed.v2");
    let unknown = of_type("leadstream.notification.brand_new.v1");
    produce(&kafka, vec![poison, newer, unknown, good.clone()]).await;
    let done = "select count(*) from signups where delivery = 'done'";
    wait_until("the good one counts", DEADLINE, async || {
        count(database.pool(), done).await == 1
    })
    .await;
    dead_letters
        .wait_for("poison and newer version are parked", |letters| {
            letters.len() == 2
        })
        .await;
}

#[tokio::test]
async fn what_became_of_a_mail_is_shown_beside_the_lead() {
    let (database, kafka) = (testkit::database("signup").await, testkit::kafka().await);
    let service = TestApp::with_kafka(&database, &kafka).await;
    let signup = service.sign_up("anna@example.com").await;
    let event: Uuid = sqlx::query_scalar("select event_id from signups")
        .fetch_one(database.pool())
        .await
        .expect("one");
    let bounced = StateChanged {
        revision: 3,
        reply_code: Some(250),
        feedback: Some(Feedback::Bounced),
        ..accepted(signup, event)
    };
    let records = [record(signup, &accepted(signup, event)), record(signup, &bounced)];
    produce(&kafka, records.into()).await;
    let person = PersonId::of(&service.state.rules.subject_key, &address("anna@example.com"));
    wait_until("it is shown", DEADLINE, async || {
        let lead = show_lead(&service.state, person)
            .await
            .expect("the database is there");
        let mail = &lead.expect("a lead").signups[0];
        let shown = (
            mail.mail.as_deref(),
            mail.mail_reply_code,
            mail.mail_feedback.as_deref(),
        );
        shown == (Some("accepted"), Some(250), Some("bounced"))
    })
    .await;
}

#[tokio::test]
async fn a_state_that_the_database_refuses_is_parked_and_those_beside_it_count() {
    let (database, kafka) = (testkit::database("signup").await, testkit::kafka().await);
    let dead_letters = kafka.tail("signup.dead-letters");
    let service = TestApp::with_kafka(&database, &kafka).await;
    let signups = [
        service.sign_up("anna@example.com").await,
        service.sign_up("ben@example.com").await,
    ];
    change(
        database.pool(),
        "alter table signups add constraint poison check (mail_reply_code <> 299)",
    )
    .await;
    let mut records = Vec::new();
    for (signup, reply_code) in signups.into_iter().zip([299, 250]) {
        let event: Uuid = sqlx::query_scalar("select event_id from signups where id = $1")
            .bind(signup)
            .fetch_one(database.pool())
            .await
            .expect("one");
        let told = StateChanged {
            reply_code: Some(reply_code),
            feedback: None,
            ..accepted(signup, event)
        };
        records.push(record("one partition", &told));
    }
    produce(&kafka, records).await;
    dead_letters
        .wait_for("the refused one is parked", |letters| letters.len() == 1)
        .await;
    let done = "select count(*) from signups where delivery = 'done' and mail_reply_code = 250";
    wait_until("the other one counts", DEADLINE, async || {
        count(database.pool(), done).await == 1
    })
    .await;
}

#[tokio::test]
async fn an_erasure_is_told_over_kafka_under_the_person_id() {
    let (database, kafka) = (testkit::database("signup").await, testkit::kafka().await);
    let events = kafka.tail(topics::SIGNUP_EVENTS);
    let service = TestApp::with_kafka(&database, &kafka).await;
    let person: PersonId = erase_address(&service.state, &address("anna@example.com"))
        .await
        .expect("erased");
    let records = events
        .wait_for("the erasure is told", |records| !records.is_empty())
        .await;
    assert_eq!(records[0].key.as_deref(), Some(person.to_string().as_bytes()));
    assert_eq!(records[0].header("ce_type"), Some(PersonErased::TYPE.as_bytes()));
}
