//! Every break of shared/broken is noticed by the test of its promise.

use broken::Break;

/// What is broken, the test that must fail, and the words that it fails with.
const NOTICED: [(Break, &str, &str); 15] = [
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
    (
        Break::ReplyBeforeCommit,
        "kills::what_enquiry_acknowledged_before_it_was_killed_reaches_the_team",
        "every acknowledged visitor is mailed",
    ),
    (
        Break::LeaseForEver,
        "kills::what_notification_owed_when_it_was_killed_is_mailed_under_the_same_message_id",
        "every acknowledged visitor is mailed",
    ),
    (
        Break::RelayFaultFinal,
        "outages::requests_are_taken_without_a_relay_and_mailed_when_it_is_back",
        "the mail",
    ),
    (
        Break::PoisonTriedAgain,
        "repetitions::a_poison_event_goes_to_the_dead_letters_and_the_partition_goes_on",
        "three dead letters",
    ),
    (
        Break::BudgetForEachRequest,
        "replicas::two_hundred_parallel_posts_of_one_address_at_two_replicas_are_one_mail",
        "one is owed a mail",
    ),
    (
        Break::ErasureConfirmedOnly,
        "erasure::an_erased_person_leaves_no_trace_and_a_replay_stays_inert",
        "no database holds a trace",
    ),
    (
        Break::NothingPublishedAgain,
        "lost_kafka::everything_owed_is_mailed_once_although_kafka_lost_its_whole_log",
        "lost@example.com is mailed",
    ),
    (
        Break::AddressLogged,
        "logs::no_log_holds_an_address_a_name_a_message_or_a_token_in_any_coding_even_at_debug",
        "very.private",
    ),
    (
        Break::TraceCut,
        "logs::one_trace_id_leads_from_each_form_through_the_json_logs_to_the_hand_off_of_its_mails",
        "lines \"mail\" of",
    ),
];

#[test]
#[ignore = "builds the services once more, broken, and waits until tests have failed"]
fn every_break_is_noticed_by_the_test_of_its_promise() {
    system::each_is_noticed(&NOTICED);
}
