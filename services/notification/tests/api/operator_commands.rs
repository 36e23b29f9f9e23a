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

/// Does to the table what the commands cannot.
async fn execute(database: &TestDatabase, statement: &'static str) {
    sqlx::query(statement)
        .execute(database.pool())
        .await
        .expect("done");
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

    let file = "email,reason\nberta@example.com,old-list\nanna@example.com,old-list\n";
    let dry = run(&database, &["suppressions", "import", "-", "--dry-run"], file);
    assert_eq!(words(&dry), "2 read, 0 left out, nothing imported\n");
    let imported = run(&database, &["suppressions", "import", "-"], file);
    assert!(
        words(&imported).starts_with("2 read, 0 left out: 1 newly suppressed, 0 noted"),
        "{imported:?}"
    );
    assert!(words(&imported).contains("1 known already"), "{imported:?}");

    let exported = words(&run(&database, &["suppressions", "export"], ""));
    assert!(!exported.contains('@'), "{exported}");
    let anna = person("anna@example.com").to_string();
    let line = format!("{anna},everything,asked-by-phone,operator,");
    assert!(exported.contains(&line), "{exported}");

    let removed = run(
        &database,
        &["suppressions", "remove", &anna, "--reason", "asked-again"],
        "",
    );
    assert!(words(&removed).contains("may be mailed again"), "{removed:?}");
}

/// Fails on a build that imports what it has read before it meets the wrong line.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_a_wrong_line_is_not_imported_unless_that_is_left_out() {
    let database = testkit::database("notification").await;
    let file = "anna@example.com,old-list\nnobody,old-list\nberta@example.com,two words\ncleo@example.com\n";
    let refused = run(&database, &["suppressions", "import", "-"], file);
    let told = words(&refused);
    assert!(
        told.contains("line 2: it has neither an email address nor a person id"),
        "{told}"
    );
    assert!(told.contains("line 3: its reason is no word"), "{told}");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        told.contains("nothing is imported: 2 of 4 lines are wrong"),
        "{told}"
    );
    assert!(!refused.status.success());
    let exported = words(&run(&database, &["suppressions", "export"], ""));
    assert_eq!(exported, "person_id,scope,reason,source,decided_at\n");

    let taken = run(&database, &["suppressions", "import", "-", "--skip-bad"], file);
    assert!(words(&taken).contains("line 2: "), "{taken:?}");
    assert!(
        words(&taken).contains("2 read, 2 left out: 2 newly suppressed"),
        "{taken:?}"
    );
    assert!(taken.status.success());
}

/// Suppressions of every kind, with times to the microsecond.
const HELD: &str = "insert into suppressions (person_id, scope, reason, active, source, decided_at) values
    ('00000000-0000-8000-8000-000000000001', 'everything', 'complaint', true, 'lmtp', '2025-01-02T03:04:05.000006Z'),
    ('00000000-0000-8000-8000-000000000002', 'everything', 'hard', true, 'smtp_reply', '2025-01-02T03:04:05Z'),
    ('00000000-0000-8000-8000-000000000003', 'everything', 'soft', true, 'ses', '2025-01-02T03:04:05.5Z'),
    ('00000000-0000-8000-8000-000000000004', 'everything', 'not_me', true, 'not_me', '2025-01-02T03:04:05Z'),
    ('00000000-0000-8000-8000-000000000004', 'updates', 'unsubscribed', true, 'unsubscribe', '2025-01-02T03:04:05Z'),
    ('00000000-0000-8000-8000-000000000005', 'everything', 'asked-by-phone', true, 'operator', '2025-01-02T03:04:05Z'),
    ('00000000-0000-8000-8000-000000000006', 'everything', 'old-list', true, 'unknown', '2025-01-02T03:04:05Z'),
    ('00000000-0000-8000-8000-000000000007', 'everything', 'asked-again', false, 'operator', '2025-01-02T03:04:05Z')";

/// Fails on a build that loses a reason, a source or a time on the way.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_the_same_after_an_import_by_either_way_of_writing() {
    let (from, folder) = (testkit::database("notification").await, std::env::temp_dir());
    execute(&from, HELD).await;
    for (extension, format) in [("csv", "csv"), ("jsonl", "jsonl"), ("txt", "jsonl")] {
        let file = folder.join(format!("suppressions-{}.{extension}", uuid::Uuid::now_v7()));
        let path = file.to_str().expect("UTF-8");
        let is_told = extension == "txt";
        let by_name = |verb| {
            let told: &[&str] = if is_told { &["--format", format] } else { &[] };
            [&["suppressions", verb, path], told].concat()
        };
        assert!(run(&from, &by_name("export"), "").status.success());
        let written = std::fs::read_to_string(&file).expect("written");
        assert_eq!(written.starts_with('{'), format == "jsonl", "{written}");
        assert!(!written.contains("asked-again"), "what was lifted does not hold");

        let to = testkit::database("notification").await;
        let imported = run(&to, &by_name("import"), "");
        assert!(
            words(&imported).contains("7 read, 0 left out: 7 newly suppressed"),
            "{imported:?}"
        );
        let again = run(&to, &by_name("import"), "");
        assert!(words(&again).contains("0 newly suppressed, 0 noted"), "{again:?}");
        let exported = words(&run(&to, &["suppressions", "export", "--format", format], ""));
        assert_eq!(exported, written);
        std::fs::remove_file(&file).expect("removed");
    }
}

/// Fails on a build where a list takes the place of what bounces and people have said.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_keeps_its_times_and_weakens_nothing() {
    let database = testkit::database("notification").await;
    execute(&database, HELD).await;
    let before = words(&run(&database, &["suppressions", "export"], ""));
    let mut list = String::from("person_id,reason,decided_at\n");
    for last in 1..=7 {
        // Number 7 was lifted after what the list says.
        let at = if last == 7 {
            "2025-01-01T00:00:00Z"
        } else {
            "2026-01-01T00:00:00Z"
        };
        list += &format!("00000000-0000-8000-8000-00000000000{last},other-list,{at}\n");
    }
    list += "00000000-0000-8000-8000-000000000008,other-list,2024-05-06T07:08:09Z\n";
    let imported = words(&run(&database, &["suppressions", "import", "-"], &list));
    assert!(
        imported.contains("8 read, 0 left out: 1 newly suppressed, 0 noted for a stronger reason or a later time, 6 known already, 1 lifted later"),
        "{imported}"
    );
    let added = "00000000-0000-8000-8000-000000000008,everything,other-list,import,2024-05-06T07:08:09Z\n";
    let after = words(&run(&database, &["suppressions", "export"], ""));
    assert_eq!(after, before + added);
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

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_the_outbox_is_told_by_topic() {
    let database = testkit::database("notification").await;
    let row = "insert into outbox (event_id, topic, key, event_type, event_time, content_type)
               values (gen_random_uuid(), 'notification.events', 'k', 't', now(), 'c')";
    sqlx::query(row).execute(database.pool()).await.expect("written");
    let json = words(&run(&database, &["outbox", "status", "--json"], ""));
    let status: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(status["topics"][0]["topic"], "notification.events");
    assert_eq!(status["topics"][0]["unsent"], 1);
    assert!(status["publisher"].is_null(), "{status}");
}
