//! Logging of a whole process: it can be started only once, so each case runs in a child process.

use std::process::{Command, Output, exit};

use telemetry::LogFormat;

/// Set in a child: this program again, for one of its tests.
const CHILD: &str = "TELEMETRY_TEST_CHILD";

/// What a process of its own writes that does nothing but `work`. `test` is the name of the test that asks for it.
#[expect(
    clippy::disallowed_methods,
    reason = "no setting: tells the child from its parent"
)]
fn child(test: &str, work: fn()) -> Output {
    if std::env::var_os(CHILD).is_some() {
        work();
        exit(0);
    }
    let program = std::env::current_exe().expect("this program");
    Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "yes")
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
    let output = child("what_was_logged_before_the_end_is_written_as_json_lines", || {
        let _log = telemetry::init("signup", LogFormat::Auto, "info", None).expect("logging");
        for number in 0..2_000 {
            tracing::info!(number, "line");
            tracing::debug!(number, "detail");
        }
    });
    let lines = lines(&output);
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
    let test = "a_panic_is_a_log_line_that_shows_where_but_not_what_was_formatted";
    let output = child(test, || {
        let _log = telemetry::init("signup", LogFormat::Auto, "info", None).expect("logging");
        let address = "ann@example.org".to_owned();
        let outcome = std::panic::catch_unwind(|| panic!("no mail to {address}"));
        assert!(outcome.is_err());
    });
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("ann@example.org"), "{text}");
    let lines = lines(&output);
    let place = lines[0]["location"].as_str().expect("a place");
    assert!(place.contains("process.rs:"), "{place}");
}

#[test]
fn what_a_stranger_garbles_is_no_error_of_ours() {
    let output = child("what_a_stranger_garbles_is_no_error_of_ours", || {
        let _log = telemetry::init("signup", LogFormat::Auto, "info", None).expect("logging");
        tracing::error!(target: "actix_http::h1::dispatcher", "stream error: request parse error");
        tracing::error!(target: "actix_server::worker", "somebody must act");
    });
    let lines = lines(&output);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["message"], "somebody must act");
}

#[test]
fn a_filter_that_makes_no_sense_names_its_setting() {
    let error = telemetry::init("signup", LogFormat::Json, "web=loud", None).expect_err("no such level");
    assert!(error.to_string().starts_with("LOG_LEVEL must be"), "{error}");
}
