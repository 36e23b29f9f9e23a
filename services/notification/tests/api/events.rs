use contracts::notification::State;
use contracts::offer::DeliveryMode;
use contracts::{Event, Source, topics};
use kafka::{Received, Record};
use time::{Duration, OffsetDateTime};

use crate::samples::{accepted, asked, enquiry, signup};
use crate::test_app::{TestApp, states};

async fn dead_letters(app: &TestApp, count: usize) -> Vec<Received> {
    let letters = app.around.kafka.tail(topics::dead_letters(Source::Notification));
    letters
        .wait_for("dead letters", |records| records.len() == count)
        .await
}

fn reason(letter: &Received) -> String {
    let reason = letter
        .headers
        .iter()
        .find(|(name, _)| name == "parked_reason")
        .expect("a reason");
    String::from_utf8(reason.1.clone()).expect("text")
}

/// Fails on a build whose consumer stops at an event that it cannot read: the last mail never comes then.
#[tokio::test]
async fn an_event_that_cannot_be_read_is_set_aside_told_and_passed() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (broken, healthy) = (signup("anna@example.com"), signup("anna@example.com"));
    let mut poison = accepted(&broken);
    poison.payload = Some(format!(r#"{{"signup_id":"{}","email":17}}"#, broken.signup_id).into_bytes());
    app.publish(vec![poison.clone(), accepted(&healthy)]).await;
    app.mail_to("anna@example.com").await;

    let letters = dead_letters(&app, 1).await;
    assert_eq!(
        reason(&letters[0]),
        "the data is not that of leadstream.signup.accepted.v1"
    );
    assert_eq!(letters[0].payload, poison.payload);
    let told = app.told(broken.signup_id, State::Parked).await;
    assert_eq!((told[0].revision, told[0].event_id), (0, poison.id));
}

#[tokio::test]
async fn what_is_no_event_at_all_is_set_aside() {
    let app = TestApp::start().await;
    let record = Record {
        topic: topics::SIGNUP_EVENTS.to_owned(),
        key: None,
        payload: Some(b"\xff\xfe not an event".to_vec()),
        headers: Vec::new(),
        timestamp: None,
    };
    app.around.produce(vec![record]).await;
    assert_eq!(
        reason(&dead_letters(&app, 1).await[0]),
        "header ce_specversion is missing"
    );
}

#[tokio::test]
async fn a_newer_version_is_set_aside_and_an_unknown_type_is_passed() {
    let app = TestApp::start().await;
    let (newer, unknown) = (enquiry("anna@example.com"), enquiry("berta@example.com"));
    let mut events = [asked(&newer), asked(&unknown)];
    events[0].event_type = "leadstream.enquiry.accepted.v2".to_owned();
    events[1].event_type = "leadstream.enquiry.assigned.v1".to_owned();
    app.publish(events.to_vec()).await;
    let letters = dead_letters(&app, 1).await;
    assert_eq!(
        reason(&letters[0]),
        "a newer version of leadstream.enquiry.accepted.v1"
    );
    app.told(newer.enquiry_id, State::Parked).await;
    let series = "leadstream_consumer_records_total{outcome=\"skipped\",topic=\"enquiry.events\"";
    testkit::wait_until("the unknown one counted", crate::test_app::SOON, async || {
        app.metric(series).await > 0.0
    })
    .await;
    assert_eq!(app.count("select count(*) from notifications").await, 0);
}

#[tokio::test]
async fn a_value_that_the_database_refuses_costs_its_own_event_alone() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.execute("alter table notifications add constraint not_anna check (address <> 'anna@example.com')")
        .await;
    let refused = signup("anna@example.com");
    let mut events: Vec<_> = (0..20)
        .map(|i| accepted(&signup(&format!("lead{i}@example.com"))))
        .collect();
    events.insert(10, accepted(&refused));
    app.publish(events).await;
    app.wait_for_count(20, "select count(*) from notifications where state = 'accepted'")
        .await;
    assert_eq!(
        reason(&dead_letters(&app, 1).await[0]),
        "the database refuses a value in it"
    );
    app.told(refused.signup_id, State::Parked).await;
}

#[tokio::test]
async fn an_event_older_than_the_ledger_remembers_is_set_aside_not_mailed() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let mut old = signup("anna@example.com");
    old.accepted_at = OffsetDateTime::now_utc() - Duration::days(31);
    app.publish(vec![accepted(&old)]).await;
    assert_eq!(
        reason(&dead_letters(&app, 1).await[0]),
        "older than what the ledger remembers"
    );
    app.told(old.signup_id, State::Parked).await;
    assert_eq!(app.count("select count(*) from notifications").await, 0);
}

/// The first and the last moment that RFC 3339 can name, and beyond them in the zone of a reader.
#[tokio::test]
async fn an_event_of_an_impossible_time_holds_up_no_other() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let mut odd = Vec::new();
    for time in [
        "0000-01-01T00:00:00Z",
        "0000-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59-23:59",
    ] {
        let event = accepted(&signup("late@example.com"));
        let data = String::from_utf8(event.payload.clone().expect("data")).expect("text");
        let (before, rest) = data.split_once("\"accepted_at\":\"").expect("its time");
        let (_, after) = rest.split_once('"').expect("its end");
        let data = format!("{before}\"accepted_at\":\"{time}\"{after}");
        odd.push(Record::from(Event {
            payload: Some(data.into_bytes()),
            ..event.clone()
        }));
        let mut stamped = Record::from(event);
        for (name, value) in &mut stamped.headers {
            if name == "ce_time" {
                *value = time.as_bytes().to_vec();
            }
        }
        odd.push(stamped);
    }
    app.around.produce(odd).await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    app.mail_to("anna@example.com").await;
}

#[tokio::test]
async fn an_event_whose_person_id_was_made_with_another_key_is_mailed_and_counted() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let mut signup = signup("anna@example.com");
    signup.person_id = crate::samples::person("berta@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.mail_to("anna@example.com").await;
    let mismatches = app
        .metric("leadstream_notification_person_id_mismatches_total")
        .await;
    assert!((mismatches - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn nothing_told_holds_an_address_or_a_name() {
    let app = TestApp::start().await;
    let enquiry = enquiry("anna.muster@example.com");
    app.publish(vec![asked(&enquiry)]).await;
    app.wait_for_count(2, "select count(*) from notifications where state = 'accepted'")
        .await;
    let records = app
        .around
        .told
        .wait_for("both told", |records| states(records).len() >= 2)
        .await;
    for record in records {
        let text = format!("{:?} {:?} {:?}", record.key, record.headers, record.payload);
        let bytes = |needle: &str| {
            format!("{:?}", needle.as_bytes())
                .trim_matches(['[', ']'])
                .to_owned()
        };
        assert!(!text.contains(&bytes("muster")) && !text.contains(&bytes("Muster")));
    }
}
