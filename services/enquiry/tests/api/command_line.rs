//! The program itself, as an operator runs it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::test_app::{ROUTES, TestApp, question};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enquiry"));
    command.env_clear().env("SUBJECT_KEY", "ab".repeat(32));
    command
}

fn run(arguments: &[&str], routes: &str) -> Output {
    let file = routes_file(routes);
    let output = program()
        .env("ROUTES_FILE", &file)
        .args(arguments)
        .output()
        .expect("it runs");
    fs::remove_file(file).expect("removed");
    output
}

fn routes_file(text: &str) -> PathBuf {
    let file = std::env::temp_dir().join(format!("routes-{}.toml", uuid::Uuid::now_v7()));
    fs::write(&file, text).expect("a file");
    file
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[test]
fn routes_check_says_that_a_file_is_right_or_what_is_wrong_by_line() {
    let right = run(&["routes", "check"], ROUTES);
    assert!(right.status.success(), "{}", stderr(&right));
    let wrong = run(
        &["routes", "check"],
        &ROUTES.replace("team = \"press\"", "team = \"pres\""),
    );
    assert_eq!(wrong.status.code(), Some(64));
    assert!(
        stderr(&wrong).contains(".toml:23: \"pres\" is no team of this file"),
        "{}",
        stderr(&wrong)
    );
}

#[test]
fn routes_explain_says_which_rule_matches_and_why() {
    let question = [
        "routes",
        "explain",
        "--topic",
        "course",
        "--message",
        "Hi",
        "--email",
        "a@example.com",
    ];
    let words = stdout(&run(&question, ROUTES));
    assert!(
        words.starts_with("rule \"everything else\" sends it to Sales <sales@course.example>"),
        "{words}"
    );
    assert!(words.contains("press: does not match"), "{words}");

    let json = [question.as_slice(), &["--json"]].concat();
    let explained: Value = serde_json::from_str(&stdout(&run(&json, ROUTES))).expect("JSON");
    assert_eq!(explained["rule"], "everything else");
    assert_eq!(explained["steps"][0]["conditions"][0]["holds"], false);

    let unknown = [
        "routes",
        "explain",
        "--topic",
        "x",
        "--message",
        "Hi",
        "--email",
        "a@example.com",
    ];
    assert_eq!(run(&unknown, ROUTES).status.code(), Some(64));
}

#[test]
fn a_wrong_setting_ends_with_64_and_a_sentence_that_names_it() {
    for (name, value) in [
        ("SUBJECT_KEY", "short"),
        ("ROUTES_FILE", "/nowhere/routes.toml"),
        ("PUBLIC_LISTEN", "here"),
        ("REPUBLISH_TRIES", "0"),
    ] {
        let file = routes_file(ROUTES);
        let output = program()
            .env("DATABASE_URL", "postgres://leadstream@127.0.0.1:1/enquiry")
            .env("ROUTES_FILE", &file)
            .env(name, value)
            .arg("check-config")
            .output()
            .expect("it runs");
        fs::remove_file(file).expect("removed");
        assert_eq!(output.status.code(), Some(64), "{name}");
        let words = stderr(&output);
        let flag = name.to_lowercase().replace('_', "-");
        assert!(words.contains(name) || words.contains(&flag), "{name}: {words}");
        assert!(!words.contains("abab"), "no secret is shown");
    }
}

#[tokio::test]
async fn held_enquiries_are_listed_and_released() {
    let app = TestApp::start().await;
    app.hold().await;
    let reference = app.text("select reference from enquiries").await;
    let file = routes_file(ROUTES);
    let command = |arguments: &[&str]| {
        let mut command = program();
        command
            .env("DATABASE_URL", app.database.url())
            .env("ROUTES_FILE", &file);
        stdout(&command.args(arguments).output().expect("it runs"))
    };
    let listed = command(&["held", "list"]);
    assert!(
        listed.contains(&reference) && listed.contains("Is there a group discount?"),
        "{listed}"
    );
    assert_eq!(
        command(&["held", "release", &reference]),
        format!("{reference} is released\n")
    );
    assert_eq!(
        command(&["held", "release", &reference]),
        format!("{reference} is not held\n")
    );
    assert_eq!(app.count("select count(*) from outbox").await, 1);
    assert_eq!(command(&["held", "list"]), "");
    assert_eq!(command(&["stuck", "retry"]), "0 enquiries are owed again\n");
    let waiting = command(&["outbox", "status"]);
    assert!(waiting.starts_with("enquiry.events: 1 unsent"), "{waiting}");
    fs::remove_file(file).expect("removed");
}

/// An owed one waits for minutes and a stuck one for ever without it.
#[tokio::test]
async fn what_has_no_outcome_is_published_again_without_waiting_for_its_turn() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.ask(&question()).await;
    }
    app.execute("update enquiries set delivery = 'stuck', republished = 10 where id = (select min(id::text)::uuid from enquiries)")
        .await;
    app.execute(
        "update enquiries set delivery = 'done' where id = (select max(id::text)::uuid from enquiries)",
    )
    .await;
    let due = "select count(*) from enquiries where delivery = 'owed' and republished = 0 and republish_at <= now()";
    let file = routes_file(ROUTES);
    let republish = |arguments: &[&str]| {
        let mut command = program();
        command
            .env("DATABASE_URL", app.database.url())
            .env("ROUTES_FILE", &file)
            .args(["republish", "--since"]);
        stdout(&command.args(arguments).output().expect("it runs"))
    };
    let past = "2026-01-01T00:00:00Z";
    assert_eq!(
        republish(&[past, "--dry-run"]),
        "no outcome is known of 2 enquiries\n"
    );
    assert_eq!(
        republish(&["2126-01-01T00:00:00Z"]),
        "no outcome is known of 0 enquiries\n"
    );
    assert_eq!(app.count(due).await, 0);
    let done = republish(&[past]);
    assert!(done.contains("2 are due now"), "{done}");
    assert_eq!(app.count(due).await, 2);
    fs::remove_file(file).expect("removed");
}
