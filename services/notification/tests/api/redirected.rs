//! `MAIL_REDIRECT_TO`: all mails go to one address, and all else is as it would be without.

use contracts::notification::State;
use contracts::offer::DeliveryMode;
use contracts::signup::UnsubscribeScope;
use mail_parser::{HeaderValue, MessageParser};
use mailbox::{Fault, Moment, Rule};
use serde_json::json;
use testkit::wait_until;

use crate::bounces::{complaint, give, unknown_user};
use crate::samples::{accepted, address, asked, enquiry, signup, unsubscribed};
use crate::test_app::{SOON, Surroundings, TestApp};

const STAGING: &str = "staging@course.example";

async fn redirected() -> TestApp {
    let around = Surroundings::new().await;
    let mut config = around.config();
    config.sender.redirect_to = Some(address(STAGING));
    let app = around.start(config);
    app.store_offer(DeliveryMode::Link).await;
    app
}

/// Whom each of the mails is for, sorted.
async fn meant_for(app: &TestApp) -> Vec<String> {
    let mut meant = Vec::new();
    for summary in app.around.mailbox.messages() {
        assert_eq!(summary.outline.envelope.to, [STAGING]);
        let raw = app.around.mailbox.raw(&summary).await;
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address());
        assert_eq!(to, Some(STAGING));
        let original = mail.header("X-Leadstream-Original-To");
        meant.extend(original.and_then(HeaderValue::as_text).map(str::to_owned));
    }
    meant.sort();
    meant
}

#[tokio::test]
async fn every_mail_goes_to_one_address_and_says_whom_it_is_for() {
    let app = redirected().await;
    let (signup, enquiry) = (signup("anna@example.com"), enquiry("berta@example.com"));
    app.publish(vec![accepted(&signup), asked(&enquiry)]).await;
    wait_until("three mails", SOON, async || {
        app.around.mailbox.messages().len() == 3
    })
    .await;
    assert_eq!(
        meant_for(&app).await,
        ["anna@example.com", "berta@example.com", "sales@course.example"]
    );
    let gauge = app.metric("leadstream_notification_redirected{").await;
    assert!((gauge - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn ledger_and_suppressions_are_those_of_whom_a_mail_is_for() {
    let app = redirected().await;
    app.publish(vec![unsubscribed(
        "berta@example.com",
        UnsubscribeScope::Everything,
    )])
    .await;
    app.wait_for_count(1, "select count(*) from suppressions where active")
        .await;
    let (anna, berta) = (signup("anna@example.com"), signup("berta@example.com"));
    let event = accepted(&anna);
    app.publish(vec![event, accepted(&berta)]).await;
    app.told(berta.signup_id, State::Suppressed).await;
    app.told(anna.signup_id, State::Accepted).await;
    assert_eq!(meant_for(&app).await, ["anna@example.com"]);
    let envelope = &app.around.mailbox.messages()[0].outline.envelope;
    assert!(envelope.from.starts_with("b-"), "{}", envelope.from);
    assert_eq!(
        app.count("select count(*) from attempts where outcome = 'accepted'")
            .await,
        1
    );
    assert_eq!(
        app.count("select count(*) from notifications where person_id is not null and address is null")
            .await,
        2
    );
}

/// Fails on a build that takes the refusal for one of whom the mail is for.
#[tokio::test]
async fn what_the_one_inbox_refuses_says_nothing_of_those_whom_mails_are_for() {
    let app = redirected().await;
    let gone = Fault::Reply("550 5.1.1 no such user here".to_owned());
    app.misbehave(Rule::new(Moment::Recipient, gone));
    let (signup, enquiry) = (signup("anna@example.com"), enquiry("berta@example.com"));
    app.publish(vec![accepted(&signup), asked(&enquiry)]).await;
    app.wait_for_count(3, "select count(*) from notifications where state = 'failed'")
        .await;
    assert_eq!(app.count("select count(*) from suppressions").await, 0);
    assert_eq!(
        app.count("select count(*) from notifications").await,
        3,
        "the team's inbox has refused nothing: no fallback is owed"
    );
}

/// Fails on a build whose redirected mails have the bounce address of whom they are for.
#[tokio::test]
async fn what_comes_back_from_the_one_inbox_says_nothing_of_whom_the_mail_is_for() {
    let app = redirected().await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Accepted).await;
    let mail = app.around.mailbox.messages().remove(0);
    let raw = String::from_utf8(app.around.mailbox.raw(&mail).await).expect("ASCII");
    let (header, _) = raw.split_once("\r\n\r\n").expect("a header");
    for back in [
        unknown_user(&mail.outline.envelope.from, STAGING),
        unknown_user(&mail.outline.envelope.from, "anna@example.com"),
        complaint(header),
    ] {
        assert_eq!(
            give(&app, back).await,
            json!({"outcome": "unknown", "suppressed": false})
        );
    }
    assert_eq!(app.count("select count(*) from suppressions").await, 0);
    assert_eq!(
        app.count("select count(*) from notifications where feedback is not null")
            .await,
        0
    );
}

#[tokio::test]
async fn without_it_no_mail_says_so() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    let summary = app.summary_to("anna@example.com").await;
    let raw = app.around.mailbox.raw(&summary).await;
    let mail = MessageParser::default().parse(&raw).expect("a mail");
    assert!(mail.header("X-Leadstream-Original-To").is_none());
    let gauge = app.metric("leadstream_notification_redirected{").await;
    assert!(gauge.abs() < f64::EPSILON);
}
