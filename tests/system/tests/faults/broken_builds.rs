//! Breaks of shared/broken that the test of a fault notices: of those that want root or a package.

use broken::Break;

const NOTICED: [(Break, &str, &str); 5] = [
    (
        Break::ReplyBeforeCommit,
        "disk_full::with_the_disk_of_postgres_full_nobody_is_told_yes_and_with_room_again_it_heals",
        "takes more than a full disk holds",
    ),
    (
        Break::RowDeletedBeforeAck,
        "disk_full::with_the_disk_of_kafka_full_requests_wait_in_the_outbox_and_are_mailed_when_there_is_room",
        "everybody who was acknowledged is mailed",
    ),
    (
        Break::LeaseForEver,
        "memory_limits::a_notification_that_runs_out_of_memory_loses_nothing",
        "every acknowledged visitor is mailed",
    ),
    (
        Break::ReplyBeforeCommit,
        "memory_limits::a_session_of_postgres_that_is_killed_costs_no_request_that_was_acknowledged",
        "every acknowledged visitor is mailed",
    ),
    (
        Break::OwnClock,
        "wrong_clocks::clocks_that_are_400_days_behind_change_nothing_for_anybody",
        "/d/",
    ),
];

#[test]
#[ignore = "builds the services once more, broken, and waits until tests have failed"]
fn every_break_is_noticed_by_the_test_of_its_fault() {
    system::each_is_noticed(&NOTICED);
}
