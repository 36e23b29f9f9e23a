use std::time::Duration;

use contracts::notification::State;
use contracts::offer::DeliveryMode;
use mailbox::{Fault, Moment, Rule};
use testkit::{Fault as Network, wait_until};

use crate::samples::{accepted, signup};
use crate::test_app::{SOON, Surroundings, TestApp};

const ACCEPTED: &str = "select count(*) from notifications where state = 'accepted'";
const FAULTS: &str = "select count(*) from attempts where outcome = 'relay_fault'";
const BURNT: &str = "select coalesce(sum(attempts), 0)::bigint from due_notifications";

async fn is_open(app: &TestApp) -> bool {
    app.metric("leadstream_notification_circuit_open").await > 0.5
}

#[tokio::test]
async fn while_the_relay_is_down_mails_wait_and_no_attempt_counts() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.around.relay.set(Network::Refuse).await;
    app.publish(
        (0..20)
            .map(|i| accepted(&signup(&format!("lead{i}@example.com"))))
            .collect(),
    )
    .await;
    wait_until("the circuit opens", SOON, async || is_open(&app).await).await;
    wait_until("a fault is seen", SOON, async || app.count(FAULTS).await > 0).await;
    assert_eq!(app.count("select count(*) from due_notifications").await, 20);
    assert_eq!(app.count(BURNT).await, 0);

    app.around.relay.set(Network::Pass).await;
    app.wait_for_count(20, ACCEPTED).await;
    assert_eq!(app.around.mailbox.messages().len(), 20);
    assert!(!is_open(&app).await);
}

#[tokio::test]
async fn a_relay_that_takes_nobody_or_no_login_is_at_fault_not_the_recipient() {
    for (moment, reply) in [
        (Moment::Greeting, "554 5.3.2 no service here"),
        (Moment::Sender, "530 5.7.0 authentication required"),
        (Moment::Recipient, "421 4.3.2 shutting down"),
        (Moment::Sender, "451 4.3.0 try later"),
    ] {
        let app = TestApp::start_with_offer(DeliveryMode::Link).await;
        app.misbehave(Rule::new(moment, Fault::Reply(reply.to_owned())).times(1));
        let signup = signup("anna@example.com");
        app.publish(vec![accepted(&signup)]).await;
        let told = app.told(signup.signup_id, State::Accepted).await;
        assert_eq!(
            (told.len(), told[0].revision),
            (1, 2),
            "{reply}: no attempt counts"
        );
        assert_eq!(app.count("select count(*) from attempts").await, 2, "{reply}");
        assert_eq!(app.mails_to("anna@example.com").len(), 1);
    }
}

#[tokio::test]
async fn a_relay_that_hangs_is_given_up_and_tried_again() {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.send_timeout = Duration::from_millis(500);
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    app.around.relay.set(Network::BlackHole).await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    wait_until("the circuit opens", SOON, async || is_open(&app).await).await;
    app.around.relay.set(Network::Pass).await;
    app.wait_for_count(1, ACCEPTED).await;
    assert_eq!(app.mails_to("anna@example.com").len(), 1);
}

#[tokio::test]
async fn a_deferred_mail_comes_later_under_the_same_message_id() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let greylisted = Fault::Reply("451 4.7.1 try again later".to_owned());
    app.misbehave(Rule::new(Moment::Stored, greylisted).times(2));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let told = app.told(signup.signup_id, State::Accepted).await;
    let history: Vec<_> = told
        .iter()
        .map(|told| (told.revision, told.state, told.reply_code))
        .collect();
    let deferred = |revision| (revision, State::Queued, Some(451));
    assert_eq!(
        history,
        [deferred(2), deferred(3), (4, State::Accepted, Some(250))]
    );
    let ids: Vec<_> = app
        .mails_to("anna@example.com")
        .iter()
        .map(|mail| mail.outline.message_id.clone())
        .collect();
    assert!(
        ids.iter()
            .all(|id| *id == ids[0] && id.ends_with("@course.example")),
        "{ids:?}"
    );
}

#[tokio::test]
async fn a_refused_mail_is_given_up_and_told() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let refusal = Fault::Reply("550 5.1.1 <anna@example.com>: anna is unknown".to_owned());
    app.misbehave(Rule::new(Moment::Recipient, refusal).to("anna@example.com"));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let told = app.told(signup.signup_id, State::Failed).await;
    assert_eq!((told.len(), told[0].reply_code), (1, Some(550)));
    let query = "select count(*) from attempts where outcome = 'recipient_bad' and enhanced_code = '5.1.1'
                 and reply_text = '[address] [address] is unknown'";
    assert_eq!(app.count(query).await, 1);
    assert!(!is_open(&app).await, "one recipient is no fault of the relay");
}

#[tokio::test]
async fn a_mail_that_stays_deferred_is_given_up_at_its_horizon() {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.retry.delivery_horizon = Duration::from_millis(500);
    let app = around.start(config);
    app.misbehave(Rule::new(
        Moment::Recipient,
        Fault::Reply("450 4.2.0 busy".to_owned()),
    ));
    app.store_offer(DeliveryMode::Link).await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let told = app.told(signup.signup_id, State::Failed).await;
    assert!(told.len() > 1, "it was tried more than once");
}

/// Fails on a build that makes a new Message-ID for each attempt, or that never sends again what got no answer.
#[tokio::test]
async fn a_lost_reply_ends_in_a_second_copy_with_the_same_message_id() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.misbehave(Rule::new(Moment::Stored, Fault::Close).times(1));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Accepted).await;
    let mails = app.mails_to("anna@example.com");
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].outline.message_id, mails[1].outline.message_id);
    let raw = [
        app.around.mailbox.raw(&mails[0]).await,
        app.around.mailbox.raw(&mails[1]).await,
    ];
    assert!(raw[0] == raw[1], "the copies differ");
    assert_eq!(
        app.count("select count(*) from attempts where outcome = 'unknown_outcome'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_connection_that_the_relay_closed_meanwhile_costs_no_attempt() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    app.wait_for_count(1, ACCEPTED).await;
    app.around.relay.set(Network::Refuse).await;
    app.around.relay.set(Network::Pass).await;
    app.publish(
        (0..4)
            .map(|i| accepted(&signup(&format!("lead{i}@example.com"))))
            .collect(),
    )
    .await;
    app.wait_for_count(5, ACCEPTED).await;
    assert_eq!(app.count("select count(*) from attempts").await, 5);
}
