//! `signup dead-letters`: as every service has it; shared/program tells the rest.

use std::process::{Command, Output};
use std::time::Duration;

use contracts::notification::{Purpose, State, StateChanged};
use contracts::{Event, topics};
use kafka::{Producer, Record};
use testkit::{TestDatabase, TestKafka};
use uuid::Uuid;

use crate::test_app::{TestApp, count};

fn dead_letters(database: &TestDatabase, kafka: &TestKafka, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_signup"))
        .env_clear()
        .env("DATABASE_URL", database.url())
        .env("PUBLIC_URL", "https://course.example")
        .env("SUBJECT_KEY", "5a".repeat(32))
        .env("LINK_KEYS", format!("1:{}", "6b".repeat(32)))
        .env("KAFKA_BOOTSTRAP_SERVERS", &kafka.bootstrap)
        .env("KAFKA_TOPIC_PREFIX", &kafka.prefix)
        .arg("dead-letters")
        .args(arguments)
        .output()
        .expect("it runs")
}

fn words(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_was_set_aside_settles_its_signup_after_a_replay() {
    let (database, kafka) = (testkit::database("signup").await, testkit::kafka().await);
    let service = TestApp::with_kafka(&database, &kafka).await;
    let signup = service.sign_up("anna@example.com").await;
    let event_id: Uuid = sqlx::query_scalar("select event_id from signups")
        .fetch_one(database.pool())
        .await
        .expect("one signup");
    let told = StateChanged {
        request_id: signup,
        event_id,
        purpose: Purpose::Delivery,
        recipient: 0,
        revision: 1,
        state: State::Accepted,
        reply_code: Some(250),
        feedback: None,
        at: time::OffsetDateTime::now_utc(),
    };
    let mut letter = Record::from(Event::new(signup, told.at, &told));
    let topic = topics::NOTIFICATION_EVENTS.as_bytes().to_vec();
    letter.headers.push(("parked_topic".to_owned(), topic));
    letter.topic = "signup.dead-letters".to_owned();
    let producer = Producer::new(&kafka.config("test")).expect("a producer");
    let sent = producer.send_all(vec![letter]).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");

    let listed = words(&dead_letters(&database, &kafka, &["list"]));
    assert!(
        listed.contains("leadstream.notification.state_changed.v1"),
        "{listed}"
    );
    assert_eq!(
        words(&dead_letters(&database, &kafka, &["replay", "--all"])),
        "1 replayed\n"
    );
    let settled = async || {
        count(
            database.pool(),
            "select count(*) from signups where delivery = 'done'",
        )
        .await
            == 1
    };
    testkit::wait_until("the signup is settled", Duration::from_secs(30), settled).await;
    assert_eq!(words(&dead_letters(&database, &kafka, &["list"])), "");
}
