//! Alerts say whom to wake, why, and what to do; promtool runs their tests.

use std::fs;
use std::io::ErrorKind;
use std::process::Command;

use crate::queries::{rules, text};
use crate::{monitoring, root};

#[test]
fn every_alert_has_a_severity_a_summary_a_runbook_and_a_test() {
    let tests: String = rule_tests()
        .iter()
        .map(|file| fs::read_to_string(file).expect("a test"))
        .collect();
    for rule in rules("alerts") {
        let name = text(&rule["alert"]);
        let severity = text(&rule["labels"]["severity"]);
        assert!(["page", "ticket", "none"].contains(&severity), "{name}");
        let annotations = &rule["annotations"];
        assert!(!text(&annotations["summary"]).is_empty(), "{name}");
        let runbook = text(&annotations["runbook_url"]);
        assert_eq!(runbook, format!("docs/runbooks/{name}.md"));
        let page = fs::read_to_string(root().join(runbook)).unwrap_or_default();
        assert!(page.contains("## Do\n"), "{name}: its runbook says nothing to do");
        assert!(
            tests.contains(&format!("alertname=\"{name}\"")),
            "{name} is tested"
        );
    }
}

#[test]
fn every_runbook_is_of_an_alert() {
    let alerts: Vec<_> = rules("alerts")
        .iter()
        .map(|rule| text(&rule["alert"]).to_owned())
        .collect();
    for entry in fs::read_dir(root().join("docs/runbooks")).expect("runbooks") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(alerts.contains(&name), "no alert {name}");
    }
}

#[test]
fn each_alert_fires_stays_silent_and_resolves_by_promtool() {
    let mut promtool = Command::new("promtool");
    promtool.args(["test", "rules"]).args(rule_tests());
    if let Some(told) = run(promtool) {
        assert!(told.contains("SUCCESS"), "{told}");
    }
}

#[test]
fn dashboards_and_the_prometheus_rule_are_as_the_script_writes_them() {
    let mut script = Command::new("python3");
    script
        .arg(monitoring().join("render.py"))
        .arg("--check")
        .current_dir(root());
    run(script);
}

fn rule_tests() -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(monitoring().join("tests")).expect("tests");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

/// What a tool printed; nothing, said aloud, where it is not installed.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn run(mut tool: Command) -> Option<String> {
    match tool.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("SKIPPED: there is no {}", tool.get_program().to_string_lossy());
            None
        }
        output => {
            let output = output.expect("the tool runs");
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told).into_owned();
            assert!(output.status.success(), "{told}");
            Some(told)
        }
    }
}
