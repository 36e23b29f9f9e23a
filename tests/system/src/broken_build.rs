//! Tests that are run once more, on programs that are broken on purpose.

use std::process::Command;

use broken::Break;

/// What is broken, the test of this very program that must fail, and the words that it fails with: for each, in turn.
///
/// # Panics
/// When a break was not noticed, with what its test said.
pub fn each_is_noticed(breaks: &[(Break, &str, &str)]) {
    let mut unnoticed = Vec::new();
    for (broken, test, words) in breaks {
        let this = std::env::current_exe().expect("a test knows its own path");
        let mut run = Command::new(this);
        run.args([*test, "--exact", "--nocapture", "--include-ignored"])
            .env(broken::SETTING, broken.as_str());
        let output = run.output().expect("the test runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        if output.status.success() || !said.contains(words) {
            unnoticed.push(format!("{} by {test}:\n{said}", broken.as_str()));
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {}", unnoticed.join("\n"));
}
