//! The program `signup`, as operators and marketers use it.

use std::path::Path;
use std::process::{Command, Output};

use signup::commands::republish_owed::republish_owed;
use testkit::TestDatabase;

use crate::test_app::{TestApp, change, count, empty_outbox, outbox};

fn signup(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signup"));
    command.env_clear().args(arguments);
    command
}

fn with_settings(database: &TestDatabase, arguments: &[&str]) -> Output {
    let mut command = signup(arguments);
    command.env("DATABASE_URL", database.url());
    command.env("PUBLIC_URL", "https://course.example");
    command.env("SUBJECT_KEY", "5a".repeat(32));
    command.env("LINK_KEYS", format!("1:{}", "6b".repeat(32)));
    command.output().expect("it runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_missing_setting_ends_with_64_and_a_sentence_that_names_it() {
    let output = signup(&["check-config"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("PUBLIC_URL"), "{}", stderr(&output));
}

#[test]
fn a_wrong_key_ends_with_64_and_is_not_shown() {
    let mut command = signup(&["check-config"]);
    command
        .env("DATABASE_URL", "postgres://localhost/x")
        .env("PUBLIC_URL", "https://course.example");
    command
        .env("SUBJECT_KEY", "5a".repeat(32))
        .env("LINK_KEYS", "1:5ec3e7");
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(64));
    assert!(
        stderr(&output).contains("LINK_KEYS") && !stderr(&output).contains("5ec3e7"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_database_that_is_away_ends_with_69() {
    let mut command = signup(&["held", "list"]);
    command
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:9/x")
        .env("PUBLIC_URL", "https://course.example");
    command
        .env("SUBJECT_KEY", "5a".repeat(32))
        .env("LINK_KEYS", format!("1:{}", "6b".repeat(32)));
    assert_eq!(command.output().expect("it runs").status.code(), Some(69));
}

#[test]
fn an_offer_that_is_no_offer_ends_with_64_and_names_the_file() {
    let mut command = signup(&["offers", "apply", "/nonexistent/offer"]);
    command
        .env("DATABASE_URL", "postgres://localhost/x")
        .env("PUBLIC_URL", "https://course.example");
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(64));
    assert!(
        stderr(&output).contains("/nonexistent/offer"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn the_demo_offer_is_published_once() {
    let database = testkit::database("signup").await;
    let demo =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../leadstream/demo/offers/system-design-cheat-sheet");
    let demo = demo.to_str().expect("a path");
    let first = with_settings(&database, &["offers", "apply", demo]);
    assert!(
        stdout(&first).contains("version 1 is published"),
        "{}",
        stderr(&first)
    );
    let again = with_settings(&database, &["offers", "apply", demo]);
    assert!(
        stdout(&again).contains("version 1 is unchanged"),
        "{}",
        stderr(&again)
    );
    assert_eq!(
        count(database.pool(), "select count(*) from offer_versions").await,
        1
    );
}

#[tokio::test]
async fn a_person_is_erased_and_held_signups_are_listed_and_released() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mut held = service.request("anna@example.com").await;
    held.held = true;
    let id = signup::commands::request_signup(&service.state, held)
        .await
        .expect("accepted")
        .id
        .to_string();

    let listed = with_settings(&database, &["held", "list"]);
    assert!(
        stdout(&listed).contains(&id) && stdout(&listed).contains("anna@example.com"),
        "{}",
        stderr(&listed)
    );
    let released = with_settings(&database, &["held", "release", &id]);
    assert!(stdout(&released).contains("is released"), "{}", stderr(&released));
    let erased = with_settings(&database, &["person", "erase", "anna@example.com"]);
    assert!(
        stdout(&erased).contains("is erased") && !stdout(&erased).contains("anna"),
        "{}",
        stderr(&erased)
    );
    assert_eq!(count(database.pool(), "select count(*) from leads").await, 0);
}

#[test]
fn a_touch_is_explained_in_words_and_in_json() {
    let output = signup(&[
        "touch",
        "explain",
        "--utm-source",
        "instagram",
        "--utm-medium",
        "social",
        "--json",
    ]);
    let mut output = output;
    let output = output.output().expect("it runs");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["channel"], "Organic Social");
}

#[tokio::test]
async fn what_waits_in_the_outbox_is_told_by_topic() {
    let database = testkit::database("signup").await;
    let fresh = stdout(&with_settings(&database, &["outbox", "status"]));
    assert_eq!(
        fresh,
        "nothing waits to be published\nnobody has ever published\n"
    );
    let service = TestApp::without_kafka(&database).await;
    service.sign_up("anna@example.com").await;
    let json = with_settings(&database, &["outbox", "status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let topics = status["topics"].as_array().expect("a list");
    let named: Vec<_> = topics
        .iter()
        .map(|topic| (&topic["topic"], &topic["unsent"]))
        .collect();
    assert_eq!(
        named,
        [
            (&"offer.versions".into(), &3.into()),
            (&"signup.events".into(), &1.into())
        ]
    );
    let words = stdout(&with_settings(&database, &["outbox", "status"]));
    assert!(
        words.contains("signup.events: 1 unsent, the oldest for "),
        "{words}"
    );
    assert!(!words.contains("anna"), "{words}");
}

/// The owed ones wait for minutes and the stuck one for ever without it.
#[tokio::test]
async fn what_has_no_outcome_is_published_again_without_waiting_for_its_turn() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    for email in ["anna@example.com", "berta@example.com", "carla@example.com"] {
        service.sign_up(email).await;
    }
    change(
        database.pool(),
        "update signups set delivery = 'stuck', tries = 11 where person_id = (select min(person_id::text)::uuid from leads)",
    )
    .await;
    change(
        database.pool(),
        "update signups set delivery = 'done' where person_id = (select max(person_id::text)::uuid from leads)",
    )
    .await;
    let due =
        "select count(*) from signups where delivery = 'owed' and tries = 0 and next_republish_at <= now()";
    let past = "2026-01-01T00:00:00Z";

    let dry = with_settings(&database, &["republish", "--since", past, "--dry-run"]);
    assert_eq!(
        stdout(&dry),
        "no outcome is known of 2 requests, 0 erasures, 1 offers\n",
        "{}",
        stderr(&dry)
    );
    assert_eq!(count(database.pool(), due).await, 0);
    let later = with_settings(&database, &["republish", "--since", "2126-01-01T00:00:00Z"]);
    assert!(
        stdout(&later).starts_with("no outcome is known of 0 requests"),
        "{}",
        stderr(&later)
    );
    let done = with_settings(&database, &["republish", "--since", past]);
    assert!(stdout(&done).contains("3 are due now"), "{}", stderr(&done));
    assert_eq!(count(database.pool(), due).await, 2);

    empty_outbox(database.pool()).await;
    republish_owed(&service.state).await.expect("looked");
    assert_eq!(outbox(database.pool()).await.len(), 2);
}

#[tokio::test]
async fn many_are_published_again_only_after_a_yes() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    for number in 0..101 {
        service.sign_up(&format!("anna{number}@example.com")).await;
    }
    let command = ["republish", "--since", "2026-01-01T00:00:00Z"];
    let refused = with_settings(&database, &command);
    assert_eq!(refused.status.code(), Some(64));
    assert!(
        stderr(&refused).contains("Publish 102 events again? [y/N]"),
        "{}",
        stderr(&refused)
    );
    let due = "select count(*) from signups where next_republish_at <= now()";
    assert_eq!(count(database.pool(), due).await, 0);
    let done = with_settings(&database, &[&command[..], &["--yes"]].concat());
    assert!(stdout(&done).contains("102 are due now"), "{}", stderr(&done));
    assert_eq!(count(database.pool(), due).await, 101);
}
