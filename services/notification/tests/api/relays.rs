//! Several relays, and recipients' mail systems that are slow: whose fault it is, who waits, and who does not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use contracts::Event;
use contracts::notification::State;
use contracts::offer::DeliveryMode;
use mailbox::{Fault, Moment, Rule, Script, Summary};
use notification::domain::attempt::RelayName;
use notification::domain::notification::Class;
use notification::domain::rate::Quota;
use notification::mail::relay_plan::RelayPlan;
use testkit::{Fault as Network, TestMailbox, wait_until};

use crate::samples::{accepted, asked, enquiry, signup};
use crate::test_app::{SOON, Surroundings, TestApp, relay_at};

const ACCEPTED: &str = "select count(*) from notifications where state = 'accepted'";
const BURNT: &str = "select coalesce(sum(attempts), 0)::bigint from due_notifications";

/// Longer than any test may take.
const FOR_EVER: Duration = Duration::from_secs(60);

fn plan(name: &str, address: &str, priority: u16, connections: u16) -> RelayPlan {
    let mut plan = relay_at(address, connections);
    plan.name = RelayName::parse(name).expect("a name");
    plan.terms.priority = priority;
    plan
}

/// A service with two relays: `first`, the test's own behind its fault proxy, and `second`.
async fn two_relays(second_priority: u16, connections: u16) -> (TestApp, TestMailbox) {
    let (around, second) = (Surroundings::new().await, testkit::mailbox().await);
    let mut config = around.config();
    let address = second.smtp_url().trim_start_matches("smtp://").to_owned();
    config.relays = vec![
        plan("first", &around.relay.address().to_string(), 1, connections),
        plan("second", &address, second_priority, connections),
    ];
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    (app, second)
}

fn leads(count: usize, domain: &str) -> Vec<Event> {
    let lead = |i| accepted(&signup(&format!("lead{i}@{domain}")));
    (0..count).map(lead).collect()
}

async fn is_open(app: &TestApp, relay: &str) -> bool {
    let series = format!("leadstream_notification_circuit_open{{relay=\"{relay}\"");
    app.metric(&series).await > 0.5
}

/// Fails on a build that ends the attempt with the first relay: the mail comes by a second attempt then, or burns one.
#[tokio::test]
async fn a_mail_takes_the_next_relay_inside_the_same_attempt() {
    let (app, second) = two_relays(2, 2).await;
    app.around.relay.set(Network::Refuse).await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let told = app.told(signup.signup_id, State::Accepted).await;
    assert_eq!((told.len(), told[0].revision), (1, 2), "one attempt");
    assert_eq!(second.messages().len(), 1);
    let both = "select count(*) from attempts a join attempts b using (notification_id, lease_id)
                where a.step = 0 and a.relay = 'first' and a.outcome = 'relay_fault' and a.stage = 'session'
                  and b.step = 1 and b.relay = 'second' and b.outcome = 'accepted' and b.stage = 'message'";
    assert_eq!(app.count(both).await, 1);
}

/// Fails on a build whose circuit never closes, or that asks a relay at fault for every mail.
#[tokio::test]
async fn a_relay_at_fault_is_spared_until_a_probe_finds_it_well() {
    let (app, second) = two_relays(2, 2).await;
    app.around.relay.set(Network::Refuse).await;
    app.publish(leads(40, "example.com")).await;
    app.wait_for_count(40, ACCEPTED).await;
    assert!(is_open(&app, "first").await && !is_open(&app, "second").await);
    assert_eq!(second.messages().len(), 40);
    let asked = app
        .count("select count(*) from attempts where relay = 'first'")
        .await;
    assert!((1..10).contains(&asked), "it was asked {asked} times");

    app.around.relay.set(Network::Pass).await;
    let mut round = 0;
    wait_until("the first relay is used again", SOON, async || {
        round += 1;
        app.publish(vec![accepted(&signup(&format!("later{round}@example.com")))])
            .await;
        !is_open(&app, "first").await && !app.around.mailbox.messages().is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_relay_that_is_throttled_gets_less_and_no_attempt_counts() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let throttled = "454 Throttling failure: Maximum sending rate exceeded.".to_owned();
    app.misbehave(Rule::new(Moment::Message, Fault::Reply(throttled)).times(2));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let told = app.told(signup.signup_id, State::Accepted).await;
    assert_eq!(
        (told.len(), told[0].revision),
        (1, 2),
        "nothing else was worth telling"
    );
    assert_eq!(
        app.count("select count(*) from attempts where outcome = 'slow_down'")
            .await,
        2
    );
    assert!(!is_open(&app, "relay").await);
}

/// Fails on a build that gives one domain every worker: the others wait for its time-outs then.
#[tokio::test]
async fn a_slow_domain_does_not_delay_the_others() {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.relays = vec![relay_at(&around.relay.address().to_string(), 8)];
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    let slow = Rule::new(Moment::Recipient, Fault::Delay(FOR_EVER)).to("*@slow.example");
    app.misbehave(slow);
    app.publish(leads(30, "slow.example")).await;
    wait_until("slow mails are under way", SOON, async || {
        app.metric("leadstream_notification_sending").await > 5.5
    })
    .await;
    let began = Instant::now();
    app.publish(leads(30, "quick.example")).await;
    app.wait_for_count(30, ACCEPTED).await;
    assert!(began.elapsed() < Duration::from_secs(8), "sooner than a time-out");
}

/// Fails on a build that claims mails of a domain that is paused: it counts against them each time.
#[tokio::test]
async fn a_domain_that_puts_mails_off_is_left_in_peace_for_a_while() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let busy = "450 4.2.1 too many messages, receiving mail at too fast a rate".to_owned();
    app.misbehave(
        Rule::new(Moment::Recipient, Fault::Reply(busy))
            .to("*@gmail.com")
            .times(3),
    );
    app.publish(leads(10, "gmail.com")).await;
    let slowed = async || {
        app.metric("leadstream_notification_slowed_domains{group=\"gmail\"")
            .await
            > 0.5
    };
    wait_until("it is slowed", SOON, slowed).await;
    app.publish(leads(10, "quick.example")).await;
    app.wait_for_count(20, ACCEPTED).await;
    let tries = app
        .count("select count(*) from attempts where outcome = 'slow_down'")
        .await;
    assert_eq!(tries, 3);
    assert!(!is_open(&app, "relay").await, "a provider is not the relay");
}

/// Fails on a build whose workers are shared out without regard to the relays' own limits.
#[tokio::test]
async fn a_relay_that_stalls_does_not_stop_another() {
    let (app, second) = two_relays(1, 4).await;
    app.around
        .mailbox
        .play(Script::new().with(Rule::new(Moment::Message, Fault::Delay(FOR_EVER))));
    let began = Instant::now();
    app.publish(
        (0..40)
            .map(|i| accepted(&signup(&format!("lead@example{i}.com"))))
            .collect(),
    )
    .await;
    wait_until("the other goes on", SOON, async || second.messages().len() >= 36).await;
    assert!(began.elapsed() < Duration::from_secs(8), "sooner than a time-out");
}

/// Fails on a build that lets what a relay says of one recipient open its circuit.
#[tokio::test]
async fn what_is_said_of_a_recipient_sends_the_mail_elsewhere_and_condemns_nobody() {
    let (app, second) = two_relays(2, 2).await;
    let denied = Fault::Reply("554 5.7.1 relay access denied".to_owned());
    app.misbehave(Rule::new(Moment::Recipient, denied).to("anna@example.com"));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Accepted).await;
    assert_eq!(second.messages().len(), 1);
    assert!(!is_open(&app, "first").await);
    app.publish(leads(5, "example.com")).await;
    app.wait_for_count(6, ACCEPTED).await;
    assert_eq!(
        app.around.mailbox.messages().len(),
        5,
        "all others by the first relay"
    );
}

/// Fails on a build that makes a new Message-ID for another relay.
#[tokio::test]
async fn a_lost_reply_and_a_relay_lost_since_end_in_one_message_id() {
    let (app, second) = two_relays(2, 2).await;
    app.misbehave(Rule::new(Moment::Stored, Fault::Close).times(1));
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    app.wait_for_count(
        1,
        "select count(*) from attempts where outcome = 'unknown_outcome'",
    )
    .await;
    app.around.relay.set(Network::Refuse).await;
    app.wait_for_count(1, ACCEPTED).await;
    let copies = [app.around.mailbox.messages(), second.messages()].concat();
    assert!(copies.len() > 1);
    assert!(
        copies
            .iter()
            .all(|mail| mail.outline.message_id == copies[0].outline.message_id)
    );
}

/// A relay for some classes alone.
fn plan_for(name: &str, address: &str, classes: &[Class]) -> RelayPlan {
    let mut plan = plan(name, address, 1, 2);
    plan.terms.classes = classes.to_vec();
    plan
}

fn address_of(mailbox: &TestMailbox) -> String {
    mailbox.smtp_url().trim_start_matches("smtp://").to_owned()
}

/// Whom the mails that a relay took went to.
fn recipients(mails: &[Arc<Summary>]) -> Vec<String> {
    let mut to: Vec<String> = mails
        .iter()
        .map(|mail| mail.outline.envelope.to.concat())
        .collect();
    to.sort();
    to
}

/// Fails on a build that gives a mail to whichever relay is free.
#[tokio::test]
async fn a_class_goes_only_to_relays_that_carry_it() {
    let (around, teams, acks) = (
        Surroundings::new().await,
        testkit::mailbox().await,
        testkit::mailbox().await,
    );
    let mut config = around.config();
    config.relays = vec![
        plan_for("teams", &address_of(&teams), &[Class::Team]),
        plan_for("acks", &address_of(&acks), &[Class::Ack]),
        plan_for(
            "leads",
            &around.relay.address().to_string(),
            &[Class::Delivery, Class::Updates],
        ),
    ];
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    let questions = (0..8).map(|i| asked(&enquiry(&format!("visitor{i}@example.com"))));
    app.publish(questions.chain(leads(8, "example.com")).collect())
        .await;
    app.wait_for_count(24, ACCEPTED).await;
    let each = |name: &str| {
        (0..8)
            .map(|i| format!("{name}{i}@example.com"))
            .collect::<Vec<_>>()
    };
    assert_eq!(recipients(&teams.messages()), vec!["sales@course.example"; 8]);
    assert_eq!(recipients(&acks.messages()), each("visitor"));
    assert_eq!(recipients(&app.around.mailbox.messages()), each("lead"));
}

/// Fails on a build whose failover forgets what the next relay carries.
#[tokio::test]
async fn a_mail_waits_rather_than_take_a_relay_that_does_not_carry_its_class() {
    let (around, teams) = (Surroundings::new().await, testkit::mailbox().await);
    let mut config = around.config();
    let others = [Class::Delivery, Class::Ack, Class::Updates];
    config.relays = vec![
        plan_for("teams", &address_of(&teams), &[Class::Team]),
        plan_for("others", &around.relay.address().to_string(), &others),
    ];
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    app.around.relay.set(Network::Refuse).await;
    app.publish(vec![
        asked(&enquiry("visitor@example.com")),
        accepted(&signup("lead@example.com")),
    ])
    .await;
    app.wait_for_count(1, ACCEPTED).await;
    wait_until("the others' relay is known to be away", SOON, async || {
        is_open(&app, "others").await
    })
    .await;
    assert_eq!(recipients(&teams.messages()), ["sales@course.example"]);
    assert_eq!(app.count("select count(*) from due_notifications").await, 2);
    app.around.relay.set(Network::Pass).await;
    app.wait_for_count(3, ACCEPTED).await;
    assert_eq!(recipients(&teams.messages()), ["sales@course.example"]);
}

#[tokio::test]
async fn a_recipient_that_is_gone_is_never_mailed_again_and_a_refused_mail_says_nothing_of_it() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let script = Script::new()
        .with(
            Rule::new(
                Moment::Recipient,
                Fault::Reply("550 5.1.1 no such user here".into()),
            )
            .to("gone@example.com"),
        )
        .with(
            Rule::new(
                Moment::Message,
                Fault::Reply("554 5.7.1 message content rejected as spam".into()),
            )
            .to("anna@example.com"),
        );
    app.around.mailbox.play(script);
    let (gone, refused) = (signup("gone@example.com"), signup("anna@example.com"));
    app.publish(vec![accepted(&gone), accepted(&refused)]).await;
    app.told(gone.signup_id, State::Failed).await;
    app.told(refused.signup_id, State::Failed).await;
    let suppressed = "select count(*) from suppressions where scope = 'everything' and active";
    assert_eq!(app.count(suppressed).await, 1);
    let again = signup("gone@example.com");
    app.publish(vec![accepted(&again)]).await;
    app.told(again.signup_id, State::Suppressed).await;
    assert_eq!(
        app.count("select count(*) from notifications where outcome = 'content_policy'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_teams_inbox_that_is_gone_suppresses_nobody() {
    let app = TestApp::start().await;
    let gone = Fault::Reply("550 5.1.1 no such user here".to_owned());
    app.misbehave(Rule::new(Moment::Recipient, gone).to("sales@course.example"));
    app.publish(vec![asked(&enquiry("anna@example.com"))]).await;
    app.wait_for_count(2, ACCEPTED).await;
    assert_eq!(app.count("select count(*) from suppressions").await, 0);
}

/// Fails on a build that keeps what it has fetched ahead: those mails wait for their lease then.
#[tokio::test]
async fn a_stop_gives_back_what_nobody_has_begun_to_send() {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.relays = vec![relay_at(&around.relay.address().to_string(), 8)];
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    app.misbehave(Rule::new(Moment::Message, Fault::Delay(Duration::from_secs(1))));
    app.publish(leads(40, "example.com")).await;
    let more_than_workers = "select least(count(*), 10) from due_notifications where lease_id is not null";
    app.wait_for_count(10, more_than_workers).await;
    assert!(app.supervisor.stop(SOON).await, "it stops in good order");
    assert_eq!(
        app.count("select count(*) from due_notifications where lease_id is not null")
            .await,
        0
    );
    assert_eq!(app.count(BURNT).await, 0);
}

/// Fails on a build that forgets how many mails a relay may have in a second.
#[tokio::test]
async fn a_relay_gets_no_more_mails_in_a_second_than_it_takes() {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.relays[0].terms.quotas = vec![Quota {
        mails: 5,
        per: Duration::from_secs(1),
    }];
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    let began = Instant::now();
    app.publish(leads(16, "example.com")).await;
    app.wait_for_count(16, ACCEPTED).await;
    assert!(
        began.elapsed() >= Duration::from_secs(3),
        "three full seconds and one mail"
    );
}

/// Fails on a build that spends a whole attempt on a relay that does not say hello while another could take the mail.
#[tokio::test]
async fn where_another_relay_carries_the_class_a_greeting_is_not_waited_for_to_the_end() {
    let (app, second) = two_relays(2, 2).await;
    app.misbehave(Rule::new(Moment::Greeting, Fault::Delay(FOR_EVER)));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let told = app.told(signup.signup_id, State::Accepted).await;
    assert_eq!((told.len(), told[0].revision), (1, 2), "one attempt");
    let attempts = "select count(distinct lease_id) from attempts";
    assert_eq!(app.count(attempts).await, 1);
    assert_eq!(second.messages().len(), 1);
}
