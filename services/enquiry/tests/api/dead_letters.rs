//! `enquiry dead-letters`: as every service has it; shared/program tells the rest.

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use contracts::signup::PersonErased;
use contracts::{Event, PersonId, topics};
use kafka::{Producer, Record};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::test_app::{ROUTES, SOON, TestApp};

fn dead_letters(app: &TestApp, kafka: &testkit::TestKafka, arguments: &[&str]) -> Output {
    let routes = std::env::temp_dir().join(format!("routes-{}.toml", Uuid::now_v7()));
    fs::write(&routes, ROUTES).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_enquiry"))
        .env_clear()
        .env("SUBJECT_KEY", "ab".repeat(32))
        .env("DATABASE_URL", app.database.url())
        .env("KAFKA_BOOTSTRAP_SERVERS", &kafka.bootstrap)
        .env("KAFKA_TOPIC_PREFIX", &kafka.prefix)
        .env("ROUTES_FILE", &routes)
        .arg("dead-letters")
        .args(arguments)
        .output()
        .expect("it runs");
    fs::remove_file(routes).expect("removed");
    output
}

fn words(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Breaks on a build that holds an erasure back as something about a person: it would never be done then.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_was_set_aside_is_done_after_a_replay_and_older_events_of_the_person_stay() {
    let (database, kafka) = tokio::join!(testkit::database("enquiry"), testkit::kafka());
    let of_app = database.config("enquiry");
    let app = TestApp::with(database, of_app, kafka.config("enquiry"));
    app.start_background();
    let erased = PersonErased {
        person_id: PersonId(Uuid::new_v8([7; 16])),
        erased_at: OffsetDateTime::now_utc(),
    };
    let erasure = Event::new(erased.person_id, erased.erased_at, &erased);
    let older = Event {
        event_type: "leadstream.signup.accepted.v1".to_owned(),
        time: erased.erased_at - Duration::from_secs(60),
        ..erasure.clone().with_id(Uuid::now_v7())
    };
    let letter = |event: Event| {
        let mut letter = Record::from(event);
        letter.topic = "enquiry.dead-letters".to_owned();
        let topic = topics::SIGNUP_EVENTS.as_bytes().to_vec();
        letter.headers.push(("parked_topic".to_owned(), topic));
        letter
    };
    let producer = Producer::new(&kafka.config("test")).expect("a producer");
    let sent = producer.send_all(vec![letter(erasure), letter(older)]).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");

    assert_eq!(words(&dead_letters(&app, &kafka, &["list"])).lines().count(), 2);
    assert_eq!(
        words(&dead_letters(&app, &kafka, &["replay", "0"])),
        "1 replayed\n"
    );
    testkit::wait_until("the person is erased", SOON, async || {
        app.count("select count(*) from erased_people").await == 1
    })
    .await;
    let rest = words(&dead_letters(&app, &kafka, &["replay", "--all"]));
    assert_eq!(
        rest,
        "nothing is replayed\n1 left out, about people who were erased\n"
    );
    assert_eq!(words(&dead_letters(&app, &kafka, &["list"])).lines().count(), 1);
}
