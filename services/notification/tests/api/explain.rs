//! `reply explain`, `bounce explain` and `auto-reply explain`, as an operator or a script runs them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn explain(args: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_notification"))
        .env_clear()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = program.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    program.wait_with_output().expect("it ends")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn every_reply_is_explained_on_a_line_of_its_own() {
    let output = explain(
        &["reply", "explain", "-", "--json"],
        "550 5.1.1 no such user\n421 4.7.0 too many connections\n554 5.7.1 blocked using zen.spamhaus.org\n552 5.3.4 too big\n",
    );
    let classes: Vec<Value> = lines(&output)
        .into_iter()
        .map(|line| line["class"].clone())
        .collect();
    assert_eq!(
        classes,
        ["suppress", "retry-later", "relay-fault", "content-policy"]
    );
}

#[test]
fn a_reply_is_explained_in_words() {
    let output = explain(&["reply", "explain", "550 5.1.1 no such user"], "");
    let words = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(words, "suppress: by its words, nobody has this address\n");
}

#[test]
fn a_bounce_is_explained_for_each_recipient() {
    let mail = "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n<a@x.example>:\n550 5.1.1 no such user\n\n\
        <b@x.example>:\n452 4.2.2 mailbox is full\n";
    let output = explain(&["bounce", "explain", "--json", "-"], mail);
    let told = lines(&output).remove(0);
    assert_eq!(told[0]["recipient"], "a@x.example");
    assert_eq!(told[0]["class"], "hard");
    assert_eq!(told[0]["status"], "5.1.1");
    assert_eq!(told[0]["action"], "failed");
    assert_eq!(told[1]["class"], "soft");
}

#[test]
fn a_mail_that_reports_nothing_is_one_entry_without_a_recipient() {
    let output = explain(
        &["bounce", "explain", "--json", "-"],
        "From: anna@x.example\nSubject: Hi\n\nHello\n",
    );
    let entry = json!([{
        "recipient": null, "class": "not-a-bounce", "status": null, "action": null,
        "why": "it is neither a delivery report nor a complaint",
    }]);
    assert_eq!(lines(&output), [entry]);
}

#[test]
fn an_automatic_answer_is_explained() {
    let mail = "From: anna@x.example\nTo: hello@y.example\n";
    let verdict = |header: &str| {
        let output = explain(
            &["auto-reply", "explain", "-", "--json"],
            &format!("{mail}{header}\nHello\n"),
        );
        lines(&output)[0]["verdict"].clone()
    };
    assert_eq!(verdict(""), "may-answer");
    assert_eq!(verdict("Auto-Submitted: auto-replied\n"), "must-not-answer");
}

#[test]
fn a_file_that_is_not_there_ends_with_64() {
    let output = explain(&["bounce", "explain", "/nowhere/mail.eml"], "");
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/mail.eml"));
}
