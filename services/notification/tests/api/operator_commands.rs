//! The commands by which an operator changes what is in the database, as programs.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use secrecy::ExposeSecret;
use testkit::TestDatabase;

use crate::samples::person;

/// Runs the program on this database, with these arguments and this input.
fn run(database: &TestDatabase, arguments: &[&str], input: &str) -> Output {
    let url = database.config("notification").url;
    let mut program = Command::new(env!("CARGO_BIN_EXE_notification"))
        .env_clear()
        .env("DATABASE_URL", url.expose_secret())
        .env("SUBJECT_KEY", "ab".repeat(32))
        .env("BOUNCE_KEY", "cd".repeat(32))
        .env("SMTP_URL", "smtp://127.0.0.1:1")
        .env("MAIL_FROM", "hello@course.example")
        .env("MAIL_DOMAIN", "course.example")
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
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread")]
async fn suppressions_go_in_by_addresses_and_come_out_by_person_ids() {
    let database = testkit::database("notification").await;
    let reason = ["--reason", "asked-by-phone"];
    let added = run(
        &database,
        &["suppressions", "add", "anna@example.com", reason[0], reason[1]],
        "",
    );
    assert!(added.status.success(), "{added:?}");

    let file = "email,reason\nberta@example.com,old-list\nnobody,old-list\nanna@example.com,old-list\n";
    let dry = run(&database, &["suppressions", "import", "-", "--dry-run"], file);
    assert!(
        words(&dry).contains("2 people read, 0 newly suppressed"),
        "{dry:?}"
    );
    let imported = run(&database, &["suppressions", "import", "-"], file);
    assert!(words(&imported).contains("line 3 is left out"), "{imported:?}");
    assert!(
        words(&imported).contains("2 people read, 1 newly suppressed"),
        "{imported:?}"
    );
    assert!(!imported.status.success(), "a line was left out");

    let exported = words(&run(&database, &["suppressions", "export"], ""));
    assert!(!exported.contains('@'), "{exported}");
    let anna = person("anna@example.com").to_string();
    assert!(
        exported.contains(&format!("{anna},everything,asked-by-phone,")),
        "{exported}"
    );

    let other = testkit::database("notification").await;
    let again = run(&other, &["suppressions", "import", "-"], &exported);
    assert!(
        words(&again).contains("2 people read, 2 newly suppressed"),
        "{again:?}"
    );
    let removed = run(
        &other,
        &["suppressions", "remove", &anna, "--reason", "asked-again"],
        "",
    );
    assert!(words(&removed).contains("may be mailed again"), "{removed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_is_not_there_is_said_to_be_so() {
    let database = testkit::database("notification").await;
    let id = "00000000-0000-5000-8000-000000000000";
    for action in ["retry", "cancel"] {
        let output = run(&database, &["ledger", action, id], "");
        assert!(words(&output).contains("is not in the ledger"), "{output:?}");
        assert!(!output.status.success());
    }
    let since = ["--since", "2026-11-24T09:00:00Z", "--dry-run"];
    let output = run(
        &database,
        &["ledger", "retry-failed", since[0], since[1], since[2]],
        "",
    );
    assert!(
        words(&output).contains("0 notifications would be queued again"),
        "{output:?}"
    );
}
