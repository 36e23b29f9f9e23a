//! Every break of shared/broken is noticed by the test of its promise.

use std::process::Command;

use broken::Break;

/// What is broken, the test that must fail, and the words that it fails with.
const NOTICED: [(Break, &str, &str); 6] = [
    (
        Break::ReplyBeforeCommit,
        "outages::with_a_frozen_database_nothing_is_acknowledged_and_the_retry_is_one_request",
        "not acknowledged",
    ),
    (
        Break::ReplyBeforeCommit,
        "kills::what_signup_acknowledged_before_it_was_killed_is_mailed",
        "every acknowledged visitor is mailed",
    ),
    (
        Break::RowDeletedBeforeAck,
        "outages::requests_are_taken_without_kafka_and_mailed_when_it_is_back",
        "all of them are mailed",
    ),
    (
        Break::OffsetBeforeEffect,
        "kills::what_notification_had_read_but_not_stored_when_it_was_killed_is_mailed",
        "every acknowledged visitor is mailed",
    ),
    (
        Break::NoInbox,
        "repetitions::an_event_that_comes_ten_times_more_is_one_mail",
        "ten repetitions left nothing",
    ),
    (
        Break::OutcomeNotAwaited,
        "kills::a_sender_takes_no_other_mail_while_it_cannot_record_what_became_of_the_last",
        "one mail a sender went out",
    ),
];

#[test]
#[ignore = "builds the services once more, broken, and waits until tests have failed"]
fn every_break_is_noticed_by_the_test_of_its_promise() {
    let mut unnoticed = Vec::new();
    for (broken, test, words) in NOTICED {
        let this = std::env::current_exe().expect("a test knows its own path");
        let mut run = Command::new(this);
        run.args([test, "--exact", "--nocapture"])
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
