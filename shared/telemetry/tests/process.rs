//! Logging of a whole process: it can be started only once, so each case runs in a child process.

use std::process::{Command, Output};
use telemetry::LogFormat;

/// Runs one of the ignored tests below as a process of its own.
fn child(test: &str) -> Output {
    let program = std::env::current_exe().expect("this program");
    let arguments = ["--exact", test, "--ignored", "--nocapture", "--test-threads=1"];
    Command::new(program)
        .args(arguments)
        .output()
        .expect("a child process")
}

fn lines(output: &Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

#[test]
fn what_was_logged_before_the_end_is_written_as_json_lines() {
    let lines = lines(&child("logs_two_thousand_lines"));
    assert_eq!(lines.len(), 2_000);
    assert_eq!(lines[1_999]["number"], 1_999);
    assert_eq!(lines[0]["service"], "signup");
    assert!(
        lines.iter().all(|line| line["level"] == "INFO"),
        "debug lines are filtered out"
    );
}

#[test]
fn a_panic_is_a_log_line_that_shows_where_but_not_what_was_formatted() {
    let output = child("panics_with_an_address");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("ann@example.org"), "{text}");
    let lines = lines(&output);
    let place = lines[0]["location"].as_str().expect("a place");
    assert!(place.contains("process.rs:"), "{place}");
}

#[test]
fn a_filter_that_makes_no_sense_names_its_setting() {
    let error = telemetry::init("signup", LogFormat::Json, "web=loud").expect_err("no such level");
    assert!(error.to_string().starts_with("LOG_LEVEL must be"), "{error}");
}

#[test]
#[ignore = "run by a test above, in a process of its own"]
fn logs_two_thousand_lines() {
    let _log = telemetry::init("signup", LogFormat::Auto, "info").expect("logging");
    for number in 0..2_000 {
        tracing::info!(number, "line");
        tracing::debug!(number, "detail");
    }
}

#[test]
#[ignore = "run by a test above, in a process of its own"]
fn panics_with_an_address() {
    let _log = telemetry::init("signup", LogFormat::Auto, "info").expect("logging");
    let address = "ann@example.org".to_owned();
    let outcome = std::panic::catch_unwind(|| panic!("no mail to {address}"));
    assert!(outcome.is_err());
}
