//! One fault at a time under load: the cells of fault × component that a whole installation shows.

use std::time::Duration;

use mailbox::Moment;
use system::Cluster;
use system::faults::{Blow, Findings, Name, Schedule, strike};
use testkit::Fault;

const RATE: f64 = 10.0;
/// Longer than the lease of a mail, which is four seconds here.
const LONG: Duration = Duration::from_secs(6);
const SHORT: Duration = Duration::from_secs(1);

/// A moment of peace, the blows, and what was found in the end.
async fn after(blows: &[Blow]) -> Findings {
    let findings = Box::pin(strike(&Schedule::of(blows), RATE)).await;
    assert!(findings.acknowledged > 0, "somebody was answered");
    assert!(findings.is_clean(), "{findings}");
    findings
}

macro_rules! cells {
    ($($name:ident: $blows:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "all of these together take minutes"]
        async fn $name() {
            after(&$blows).await;
        }
    )*};
}

cells! {
    a_killed_signup_loses_nothing: [Blow::Kill(Name::Signup, SHORT), Blow::Kill(Name::Signup, SHORT)];
    a_killed_enquiry_loses_nothing: [Blow::Kill(Name::Enquiry, SHORT), Blow::Kill(Name::Enquiry, SHORT)];
    a_killed_notification_loses_nothing: [Blow::Kill(Name::Notification, SHORT), Blow::Kill(Name::Notification, SHORT)];
    a_killed_postgres_loses_nothing: [Blow::CrashPostgres];
    a_killed_broker_loses_nothing: [Blow::CrashBroker];
    a_deleted_log_of_kafka_loses_nothing: [Blow::LoseKafka(Cluster::Anew)];
    a_log_of_kafka_deleted_under_the_same_cluster_id_loses_nothing: [Blow::LoseKafka(Cluster::AsBefore)];
    a_log_of_kafka_deleted_after_restarts_of_the_broker_loses_nothing: [Blow::StopBroker(SHORT), Blow::CrashBroker, Blow::LoseKafka(Cluster::AsBefore)];
    a_stopped_broker_loses_nothing: [Blow::StopBroker(LONG)];
    a_signup_that_stops_in_good_order_loses_nothing: [Blow::Stop(Name::Signup)];
    an_enquiry_that_stops_in_good_order_loses_nothing: [Blow::Stop(Name::Enquiry)];
    a_notification_that_stops_in_good_order_mails_nothing_twice: [Blow::Stop(Name::Notification)];
    a_frozen_signup_loses_nothing: [Blow::Pause(Name::Signup, LONG)];
    a_frozen_enquiry_loses_nothing: [Blow::Pause(Name::Enquiry, LONG)];
    a_notification_frozen_for_longer_than_its_leases_is_fenced_off: [Blow::Pause(Name::Notification, LONG)];
    a_frozen_postgres_loses_nothing: [Blow::PausePostgres(LONG)];
    a_frozen_broker_loses_nothing: [Blow::PauseBroker(LONG)];
    connections_to_postgres_that_are_cut_lose_nothing: Name::ALL.map(|name| Blow::Database(name, Fault::CutAfter(3000), LONG));
    a_slow_network_to_postgres_loses_nothing: Name::ALL.map(|name| Blow::Database(name, Fault::Latency(Duration::from_millis(300)), LONG));
    a_narrow_network_to_postgres_loses_nothing: Name::ALL.map(|name| Blow::Database(name, Fault::Rate(5000), LONG));
    a_network_to_postgres_that_hangs_loses_nothing: Name::ALL.map(|name| Blow::Database(name, Fault::BlackHole, LONG));
    commits_whose_reply_is_lost_are_one_request_each: Name::ALL.map(|name| Blow::Database(name, Fault::SwallowReplyTo(b"example.com"), LONG));
    connections_to_the_relay_that_are_cut_lose_nothing: [Blow::Relay(Fault::CutAfter(3000), LONG)];
    a_slow_relay_loses_nothing: [Blow::Relay(Fault::Rate(5000), LONG)];
    a_relay_that_is_away_loses_nothing: [Blow::Relay(Fault::Refuse, LONG)];
    mails_whose_reply_is_lost_come_again_under_the_same_message_id: [Blow::RelaySays(Moment::Stored, None, 5)];
    a_relay_that_puts_off_recipients_loses_nothing: [Blow::RelaySays(Moment::Recipient, Some("450 4.2.1 try later"), 10)];
    a_relay_whose_disk_is_full_loses_nothing: [Blow::RelaySays(Moment::Message, Some("452 4.3.1 disk full"), 10)];
    a_relay_that_goes_down_loses_nothing: [Blow::RelaySays(Moment::Greeting, Some("421 4.3.2 going down"), 10)];
    erasures_under_load_leave_no_trace: [Blow::Erase, Blow::Erase, Blow::Erase];
}
