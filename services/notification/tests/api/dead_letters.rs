//! `notification dead-letters`: what was set aside is seen, and comes back as the same events.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use contracts::notification::State;
use contracts::signup::PersonErased;
use contracts::{Event, Source, topics};
use kafka::{Received, Record};
use serde_json::Value;
use time::OffsetDateTime;

use crate::samples::{accepted, asked, enquiry, person, signup};
use crate::test_app::{Surroundings, TestApp};

/// Runs the program in these surroundings; `input` is what is typed when it asks.
fn run(around: &Surroundings, arguments: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_notification"))
        .env_clear()
        .env("DATABASE_URL", around.database.url())
        .env("SUBJECT_KEY", "ab".repeat(32))
        .env("BOUNCE_KEY", "cd".repeat(32))
        .env("SMTP_URL", "smtp://127.0.0.1:1")
        .env("MAIL_FROM", "hello@course.example")
        .env("MAIL_DOMAIN", "course.example")
        .env("KAFKA_BOOTSTRAP_SERVERS", &around.kafka.bootstrap)
        .env("KAFKA_TOPIC_PREFIX", &around.kafka.prefix)
        .env("KAFKA_GROUP_PREFIX", &around.kafka.prefix)
        .arg("dead-letters")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = program.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    program.wait_with_output().expect("it ends")
}

fn words(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn list(around: &Surroundings) -> Vec<Value> {
    serde_json::from_str(&words(&run(around, &["list", "--json"], ""))).expect("JSON")
}

/// An event as a program that could not handle it has set it aside.
fn letter(event: Event, offset: usize) -> Record {
    let mut record = Record::from(event);
    let parked = [
        ("parked_reason", "a newer version of something".to_owned()),
        ("parked_topic", record.topic.clone()),
        ("parked_partition", "1".to_owned()),
        ("parked_offset", offset.to_string()),
    ];
    let parked = parked.map(|(name, value)| (name.to_owned(), value.into_bytes()));
    record.headers.extend(parked);
    record.topic = topics::dead_letters(Source::Notification).to_owned();
    record.timestamp = Some(OffsetDateTime::now_utc().unix_timestamp() * 1_000);
    record
}

async fn set_aside(around: &Surroundings, events: Vec<Event>) {
    let letters = events.into_iter().enumerate();
    around
        .produce(letters.map(|(offset, event)| letter(event, offset)).collect())
        .await;
}

fn ids(records: &[Received]) -> Vec<String> {
    let id =
        |record: &Received| String::from_utf8_lossy(record.header("ce_id").unwrap_or_default()).into_owned();
    records.iter().map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_listed_and_shown_without_what_they_say_unless_that_is_asked_for() {
    let around = Surroundings::new().await;
    let event = accepted(&signup("anna.muster@example.com"));
    set_aside(&around, vec![event.clone()]).await;

    let listed = words(&run(&around, &["list"], ""));
    let columns: Vec<&str> = listed.trim_end().split('\t').collect();
    let id = event.id.to_string();
    assert_eq!(
        columns[..5],
        ["0", "signup.events/1/0", &event.event_type, &id, "1"]
    );
    assert_eq!(columns[6], "a newer version of something");
    let json = list(&around);
    assert_eq!(
        (&json[0]["event_id"], &json[0]["attempts"]),
        (&id.into(), &1.into())
    );

    let shown = words(&run(&around, &["show", "0"], ""));
    assert!(
        shown.contains("ce_time: ") && shown.contains("bytes; --payload shows them"),
        "{shown}"
    );
    let person = person("anna.muster@example.com").to_string();
    for output in [&listed, &shown, &json[0].to_string()] {
        assert!(!output.contains("anna") && !output.contains("Anna"), "{output}");
    }
    assert!(!listed.contains(&person), "{listed}");
    let payload = words(&run(&around, &["show", "0", "--payload"], ""));
    assert!(
        payload.contains("\"email\": \"anna.muster@example.com\""),
        "{payload}"
    );

    let missing = run(&around, &["show", "1"], "");
    assert_eq!(missing.status.code(), Some(64), "{missing:?}");
}

/// Breaks on a build that publishes a letter under another id: the second mail comes then.
#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_event_has_its_effect_once_however_often_it_was_set_aside() {
    let app = TestApp::start().await;
    let question = enquiry("anna@example.com");
    let event = asked(&question);
    set_aside(&app.around, vec![event.clone(), event.clone()]).await;
    let dry = words(&run(&app.around, &["replay", "--all", "--dry-run"], ""));
    assert!(dry.contains("2 would be replayed"), "{dry}");
    assert_eq!(list(&app.around).len(), 2);

    assert_eq!(words(&run(&app.around, &["replay", "0"], "")), "1 replayed\n");
    app.told(question.enquiry_id, State::Accepted).await;
    assert_eq!(list(&app.around)[0]["number"], 1);
    assert_eq!(words(&run(&app.around, &["replay", "--all"], "")), "1 replayed\n");
    assert!(list(&app.around).is_empty());
    let again = run(&app.around, &["replay", "0"], "");
    assert_eq!(again.status.code(), Some(64), "it was replayed: {again:?}");

    let records = app.around.kafka.tail(topics::ENQUIRY_EVENTS);
    let records = records.wait_for("both", |all| all.len() == 2).await;
    assert_eq!(ids(&records), [event.id.to_string(), event.id.to_string()]);
    assert_eq!(records[0].payload, event.payload);
    assert!(
        records[0].header("parked_reason").is_none(),
        "it is the event as it was"
    );
    testkit::wait_until("the repetition is known", crate::test_app::SOON, async || {
        app.metric("leadstream_notification_repeated_events_total").await > 0.0
    })
    .await;
    assert_eq!(
        app.count("select count(*) from notifications where purpose = 'team'")
            .await,
        1
    );
}

/// Breaks on a build that asks nobody who was erased: their data lies in Kafka for another week then.
#[tokio::test(flavor = "multi_thread")]
async fn events_of_people_who_were_erased_are_left_out_and_counted() {
    let app = TestApp::start().await;
    let before = OffsetDateTime::now_utc();
    let kept = asked(&enquiry("berta@example.com"));
    let mut came_back = asked(&enquiry("anna@example.com"));
    came_back.time = before + time::Duration::hours(1);
    let mut unreadable = asked(&enquiry("anna@example.com"));
    unreadable.payload = Some(b"anna@example.com, cut o".to_vec());
    let erased = PersonErased {
        person_id: person("anna@example.com"),
        erased_at: before + time::Duration::minutes(1),
    };
    let erasure = Event::new(erased.person_id, erased.erased_at, &erased);
    let lost = [
        accepted(&signup("anna@example.com")),
        asked(&enquiry("anna@example.com")),
    ];
    let letters = [
        lost[0].clone(),
        lost[1].clone(),
        kept.clone(),
        came_back.clone(),
        unreadable,
        erasure.clone(),
    ];
    set_aside(&app.around, letters.to_vec()).await;
    app.publish(vec![erasure.clone()]).await;
    app.wait_for_count(1, "select count(*) from erased_people").await;

    let dry = words(&run(&app.around, &["replay", "--all", "--dry-run"], ""));
    assert!(
        dry.contains("3 would be replayed\n2 left out, about people who were erased\n"),
        "{dry}"
    );
    assert!(
        dry.contains("1 left out, of which nobody can tell whose they are"),
        "{dry}"
    );
    let replayed = words(&run(&app.around, &["replay", "--all"], ""));
    assert!(
        replayed.contains("3 replayed") && replayed.contains("2 left out, about people"),
        "{replayed}"
    );
    let records = app.around.kafka.tail(topics::ENQUIRY_EVENTS);
    let records = records.wait_for("the questions", |all| all.len() == 2).await;
    let mut questions = ids(&records);
    questions.sort();
    let mut expected = [kept.id.to_string(), came_back.id.to_string()];
    expected.sort();
    assert_eq!(questions, expected);
    let records = app.around.kafka.tail(topics::SIGNUP_EVENTS);
    let records = records.wait_for("the erasure, twice", |all| all.len() == 2).await;
    assert_eq!(ids(&records), [erasure.id.to_string(), erasure.id.to_string()]);
    assert_eq!(list(&app.around).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_few_are_replayed_only_after_a_yes() {
    let around = Surroundings::new().await;
    let events = || (0..6).map(|_| asked(&enquiry("anna@example.com"))).collect();
    set_aside(&around, events()).await;
    for answer in ["", "n\n"] {
        let refused = run(&around, &["replay", "--all"], answer);
        assert_eq!(refused.status.code(), Some(64), "{refused:?}");
        assert!(
            String::from_utf8_lossy(&refused.stderr).contains("Replay 6 dead letters?"),
            "{refused:?}"
        );
        assert_eq!(list(&around).len(), 6);
    }
    assert_eq!(words(&run(&around, &["replay", "--all"], "y\n")), "6 replayed\n");
    set_aside(&around, events()).await;
    let future = "2126-11-24T09:00:00Z";
    assert_eq!(
        words(&run(&around, &["replay", "--since", future], "")),
        "nothing is replayed\n"
    );
    let past = "2026-11-24T09:00:00Z";
    assert_eq!(
        words(&run(&around, &["replay", "--since", past, "--yes"], "")),
        "6 replayed\n"
    );
    let nothing_chosen = run(&around, &["replay"], "");
    assert_eq!(nothing_chosen.status.code(), Some(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_set_aside_again_says_how_often_it_was_tried() {
    let app = TestApp::start().await;
    let mut newer = asked(&enquiry("anna@example.com"));
    newer.event_type = "leadstream.enquiry.accepted.v2".to_owned();
    app.publish(vec![newer]).await;
    let listed = async |number: i64| {
        let what = format!("letter {number}");
        testkit::wait_for(&what, crate::test_app::SOON, async || {
            let listed = list(&app.around);
            listed.into_iter().find(|letter| letter["number"] == number)
        })
        .await
    };
    assert_eq!(listed(0).await["attempts"], 1);
    assert_eq!(words(&run(&app.around, &["replay", "0"], "")), "1 replayed\n");
    // The note about the first letter lies between the two, or behind them.
    let again = testkit::wait_for("it is set aside again", crate::test_app::SOON, async || {
        list(&app.around).pop()
    })
    .await;
    assert_eq!(again["attempts"], 2);
    assert_eq!(
        again["reason"],
        "a newer version of leadstream.enquiry.accepted.v1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_ends_it_with_69() {
    let mut around = Surroundings::new().await;
    around.kafka.bootstrap = "127.0.0.1:1".to_owned();
    let output = run(&around, &["list"], "");
    assert_eq!(output.status.code(), Some(69), "{output:?}");
}
