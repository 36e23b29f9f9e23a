//! The program itself, as an operator runs it.

use std::path::PathBuf;
use std::process::{Command, Output};

use testkit::Process;

use crate::dkim_keys::KeyFolder;
use crate::samples::{accepted, asked, enquiry, offer, signup};
use crate::test_app::{SOON, Surroundings};

const SETTINGS: [(&str, &str); 6] = [
    ("DATABASE_URL", "postgres://127.0.0.1/notification"),
    (
        "SUBJECT_KEY",
        "abababababababababababababababababababababababababababababababab",
    ),
    (
        "BOUNCE_KEY",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
    ),
    ("SMTP_URL", "smtps://anna:hunter2@relay.example"),
    ("MAIL_FROM", "Course <hello@course.example>"),
    ("MAIL_DOMAIN", "course.example"),
];

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_notification"));
    command.env_clear().envs(SETTINGS);
    command
}

fn check(change: impl FnOnce(&mut Command)) -> Output {
    let mut program = program();
    change(&mut program);
    program.arg("check-config").output().expect("it runs")
}

#[test]
fn settings_that_are_right_are_said_to_be_right_without_a_secret() {
    let output = check(|_| {});
    let words = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success());
    assert_eq!(
        words,
        "the settings are right; mails go to relay (relay.example:465)\n"
    );
}

#[test]
fn a_file_of_relays_is_read_in_place_of_the_url_and_mistakes_name_file_and_line() {
    let file = std::env::temp_dir().join(format!("relays-{}.toml", uuid::Uuid::now_v7()));
    let relays = "[[relays]]\nname = \"first\"\nurl_env = \"FIRST_URL\"\n
                  [[relays]]\nname = \"second\"\nurl = \"smtp://two.example\"\npriority = 2\n";
    std::fs::write(&file, relays).expect("written");
    let set = |program: &mut Command| {
        program.env_remove("SMTP_URL").env("RELAYS_FILE", &file);
    };
    let output = check(|program| {
        set(program);
        program.env("FIRST_URL", "smtps://anna:hunter2@one.example");
    });
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "the settings are right; mails go to first (one.example:465), second (two.example:25)\n"
    );
    let output = check(set);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let mistake = format!("{}:3: FIRST_URL is not set", file.display());
    assert_eq!(output.status.code(), Some(64));
    assert!(words.contains(&mistake), "{words}");
    let output = check(|program| _ = program.env("RELAYS_FILE", &file));
    assert!(String::from_utf8_lossy(&output.stderr).contains("RELAYS_FILE and SMTP_URL are both set"));
    std::fs::remove_file(&file).expect("removed");
}

#[test]
fn who_mails_are_signed_as_is_told_when_the_settings_are_checked() {
    let folder = KeyFolder::new();
    folder.generate("s2", &["--algorithm", "rsa"]);
    let output = check(|program| _ = program.env("DKIM_FILE", folder.file()));
    let words = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        words.ends_with("; signed as course.example by s1-rsa, s1-ed25519\n"),
        "{words}"
    );
}

#[test]
fn a_wrong_or_missing_setting_is_named_and_ends_with_64() {
    let missing: PathBuf = "/nowhere/ca.pem".into();
    for (name, value) in [
        ("DATABASE_URL", ""),
        ("SUBJECT_KEY", "hunter2"),
        ("BOUNCE_KEY", "hunter2"),
        ("SMTP_URL", "http://anna:hunter2@relay.example"),
        ("SMTP_URL", ""),
        ("MAIL_FROM", "hello"),
        ("MAIL_DOMAIN", "not a domain"),
        ("SMTP_CA_FILE", missing.to_str().expect("UTF-8")),
        ("DKIM_FILE", missing.to_str().expect("UTF-8")),
        ("SMTP_CONNECTIONS", "0"),
    ] {
        let output = check(|program| _ = program.env(name, value));
        let words = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(64), "{name}: {words}");
        assert!(words.contains(name), "{name}: {words}");
        assert!(!words.contains("hunter2"), "{name}: {words}");
    }
}

/// Fails on a build that writes an address, a name, a token or a message at any level.
#[tokio::test]
async fn the_log_follows_a_trace_and_shows_nobody_even_when_it_tells_everything() {
    let around = Surroundings::new().await;
    let mut command = program();
    command.args([
        "serve",
        "--kafka-topic-prefix",
        &around.kafka.prefix,
        "--kafka-group-prefix",
        &around.kafka.prefix,
    ]);
    command
        .env("DATABASE_URL", around.database.url())
        .env("KAFKA_BOOTSTRAP_SERVERS", &around.kafka.bootstrap)
        .env("SMTP_URL", around.mailbox.smtp_url())
        .env("PUBLIC_LISTEN", "127.0.0.1:0")
        .env("ADMIN_LISTEN", "127.0.0.1:0")
        .env("LOG_LEVEL", "trace")
        .env("LOG_FORMAT", "json");
    let mut process = Process::start("notification", command);
    around
        .publish(offer(1, contracts::offer::DeliveryMode::Both))
        .await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let signup = accepted(&signup("anna.muster@example.com")).traced(Some(trace.to_owned()));
    let enquiry = asked(&enquiry("berta.muster@example.com")).traced(Some(trace.to_owned()));
    around.publish(vec![signup, enquiry]).await;
    around
        .mailbox
        .wait_for("all three mails", |_| around.mailbox.messages().len() == 3)
        .await;
    process.wait_for_output("\"purpose\":\"team\"", SOON).await;

    process.terminate();
    assert!(process.exited(SOON).await.success());
    let log = process.output();
    assert!(log.contains("0af7651916cd43dd8448eb211c80319c"), "the trace id");
    for secret in [
        "muster", "Muster", "discount", "token", "sales@", "hunter2", "abababab",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
