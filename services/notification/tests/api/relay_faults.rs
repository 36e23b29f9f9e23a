//! What a relay does wrong at any moment of the dialogue, and what that costs.

use std::time::{Duration, Instant};

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

/// What became of one mail to a relay that misbehaved once.
#[derive(Debug, PartialEq)]
struct Fate {
    /// Class and stage of the first attempt.
    first: (String, String),
    /// Told before it was settled: each is an attempt that counted.
    counted: usize,
    state: State,
    suppressed: i64,
    copies: usize,
}

/// Sends one mail to a relay that does this at this moment, the first time.
async fn fate(moment: Moment, fault: Fault) -> Fate {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.send_timeout = Duration::from_secs(4);
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    app.misbehave(Rule::new(moment, fault).times(1));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.wait_for_count(
        1,
        "select count(*) from notifications where settled_at is not null",
    )
    .await;
    let state = "select coalesce(max(state), '') from notifications";
    let state: String = sqlx::query_scalar(state)
        .fetch_one(app.around.database.pool())
        .await
        .expect("a state");
    let state = if state == "accepted" {
        State::Accepted
    } else {
        State::Failed
    };
    let told = app.told(signup.signup_id, state).await;
    let first = sqlx::query_as("select outcome, stage from attempts order by finished_at, step limit 1")
        .fetch_one(app.around.database.pool())
        .await
        .expect("an attempt");
    let copies = app.mails_to("anna@example.com");
    let is_one =
        |mail: &std::sync::Arc<mailbox::Summary>| mail.outline.message_id == copies[0].outline.message_id;
    assert!(copies.iter().all(is_one), "one mail, however many copies");
    Fate {
        first,
        counted: told.len() - 1,
        state,
        suppressed: app.count("select count(*) from suppressions").await,
        copies: copies.len(),
    }
}

/// A mail that was taken in the end.
fn taken(class: &str, stage: &str, counted: usize, copies: usize) -> Fate {
    Fate {
        first: (class.to_owned(), stage.to_owned()),
        counted,
        state: State::Accepted,
        suppressed: 0,
        copies,
    }
}

/// Longer than an attempt may take.
const SILENCE: Fault = Fault::Delay(Duration::from_secs(60));

/// Fails on a build that waits for ever, that counts a relay's silence against the mail, or that takes a mail which may
/// have been taken for one that was not.
#[tokio::test]
async fn silence_at_any_moment_ends_and_costs_what_it_says() {
    for (moment, expected) in [
        (Moment::Greeting, taken("relay_fault", "session", 0, 1)),
        (Moment::Hello, taken("relay_fault", "session", 0, 1)),
        (Moment::Sender, taken("relay_fault", "sender", 0, 1)),
        (Moment::Recipient, taken("retry", "recipient", 1, 1)),
        (Moment::Data, taken("retry", "recipient", 1, 1)),
        (Moment::Message, taken("unknown_outcome", "message", 1, 1)),
        (Moment::Stored, taken("unknown_outcome", "message", 1, 2)),
    ] {
        assert_eq!(fate(moment, SILENCE).await, expected, "{moment:?}");
    }
}

/// Fails on a build that takes a connection that ends after DATA for a refusal, or for a mail that was taken.
#[tokio::test]
async fn a_connection_that_ends_at_any_moment_costs_what_it_says() {
    for (moment, expected) in [
        (Moment::Greeting, taken("relay_fault", "session", 0, 1)),
        (Moment::Hello, taken("relay_fault", "session", 0, 1)),
        (Moment::Sender, taken("relay_fault", "sender", 0, 1)),
        (Moment::Recipient, taken("retry", "recipient", 1, 1)),
        (Moment::Data, taken("retry", "recipient", 1, 1)),
        (Moment::Message, taken("unknown_outcome", "message", 1, 1)),
        (Moment::Stored, taken("unknown_outcome", "message", 1, 2)),
    ] {
        assert_eq!(fate(moment, Fault::Close).await, expected, "{moment:?}");
    }
}

#[tokio::test]
async fn a_reply_of_4xx_at_any_moment_puts_the_mail_off() {
    for (moment, expected) in [
        (Moment::Greeting, taken("retry", "session", 0, 1)),
        (Moment::Hello, taken("retry", "session", 0, 1)),
        (Moment::Sender, taken("retry", "sender", 0, 1)),
        (Moment::Recipient, taken("retry", "recipient", 1, 1)),
        (Moment::Data, taken("retry", "recipient", 1, 1)),
        (Moment::Message, taken("retry", "message", 1, 1)),
    ] {
        let busy = Fault::Reply("451 4.3.0 trouble here, try again".to_owned());
        assert_eq!(fate(moment, busy).await, expected, "{moment:?}");
    }
}

/// Fails on a build where "5xx" means that the recipient is gone.
#[tokio::test]
async fn a_reply_of_5xx_at_any_moment_suppresses_only_whom_it_is_about() {
    let refused = |class: &str, stage: &str, suppressed| Fate {
        state: State::Failed,
        suppressed,
        ..taken(class, stage, 0, 0)
    };
    for (moment, reply, expected) in [
        (
            Moment::Greeting,
            "554 5.3.2 no service",
            taken("relay_fault", "session", 0, 1),
        ),
        (
            Moment::Hello,
            "550 5.7.1 not welcome",
            taken("relay_fault", "session", 0, 1),
        ),
        (
            Moment::Sender,
            "553 5.1.8 sender rejected",
            taken("relay_fault", "sender", 0, 1),
        ),
        (
            Moment::Recipient,
            "550 5.1.1 no such user",
            refused("recipient_bad", "recipient", 1),
        ),
        (
            Moment::Data,
            "554 5.7.1 message rejected as spam",
            refused("content_policy", "recipient", 0),
        ),
        (
            Moment::Message,
            "554 5.7.1 message rejected as spam",
            refused("content_policy", "message", 0),
        ),
        (
            Moment::Message,
            "550 5.1.1 no such user",
            refused("recipient_bad", "message", 1),
        ),
    ] {
        let fault = Fault::Reply(reply.to_owned());
        assert_eq!(fate(moment, fault).await, expected, "{moment:?}: {reply}");
    }
}

/// Fails on a build that takes a mail whose file was cut off for one that was taken.
#[tokio::test]
async fn a_mail_cut_off_in_the_middle_of_its_file_comes_whole_by_a_later_attempt() {
    let app = TestApp::start_with_offer(DeliveryMode::Attachment).await;
    app.around.relay.set(Network::CutAfter(200_000)).await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    let cut = "select count(*) > 0 from attempts where outcome = 'unknown_outcome' and stage = 'message'";
    wait_until("it is cut", SOON, async || {
        let found: bool = sqlx::query_scalar(cut)
            .fetch_one(app.around.database.pool())
            .await
            .expect("an answer");
        found
    })
    .await;
    assert!(app.mails_to("anna@example.com").is_empty(), "half a mail is none");
    app.around.relay.set(Network::Pass).await;
    app.wait_for_count(1, ACCEPTED).await;
    let mails = app.mails_to("anna@example.com");
    assert_eq!(mails.len(), 1);
    assert!(app.around.mailbox.raw(&mails[0]).await.len() > 512 * 1024);
}

/// Fails on a build that takes a relay which is slow to say hello (as those are that look up who calls) for one at fault.
#[tokio::test]
async fn a_slow_greeting_is_waited_for() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let slow = Duration::from_secs(2);
    app.misbehave(Rule::new(Moment::Greeting, Fault::Delay(slow)));
    let began = Instant::now();
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    app.wait_for_count(1, ACCEPTED).await;
    assert!(began.elapsed() >= slow);
    assert_eq!(app.count("select count(*) from attempts").await, 1);
    assert!(!is_open(&app).await);
}
