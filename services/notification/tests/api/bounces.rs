//! What comes back of mails: given to the admin API, it changes who is mailed, and nothing that anybody made up does.

use contracts::Event;
use contracts::notification::{Feedback, State};
use contracts::offer::DeliveryMode;
use contracts::signup::PersonErased;
use notification::domain::bounce_address::BounceKey;
use notification::domain::notification::NotificationId;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::samples::{accepted, asked, enquiry, person, signup};
use crate::test_app::{Surroundings, TestApp};

pub const PATH: &str = "/admin/v1/notification/bounces";
const SUPPRESSED: &str = "select count(*) from suppressions where active and scope = 'everything'";

/// The envelope sender of the newest mail to this address, once the ledger has its outcome.
pub async fn return_path(app: &TestApp, address: &str) -> String {
    let mail = app.summary_to(address).await;
    app.wait_for_count(0, "select count(*) from due_notifications")
        .await;
    mail.outline.envelope.from.clone()
}

/// A delivery report as Postfix writes one.
pub fn report(to: &str, recipient: &str, action: &str, reply: &str) -> String {
    let status = reply.split(' ').nth(1).expect("an enhanced code");
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nTo: {to}\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you that your message could not\r\n\
         be delivered.\r\n\r\n<{recipient}>: host mx.example said: {reply}\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; {reply}\r\n\r\n--b--\r\n"
    )
}

pub fn unknown_user(to: &str, recipient: &str) -> String {
    report(to, recipient, "failed", "550 5.1.1 No such user here")
}

pub fn full_mailbox(to: &str, recipient: &str) -> String {
    report(to, recipient, "failed", "552 5.2.2 Mailbox is full")
}

/// A feedback report (RFC 5965) whose copy has the header of a mail.
pub fn complaint(copy: &str) -> String {
    format!(
        "From: fbl@provider.example\r\nTo: abuse@course.example\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n\r\n\
         --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\n{copy}\r\n--b--\r\n"
    )
}

pub async fn give(app: &TestApp, raw: String) -> Value {
    let answer = app.post_admin(PATH, "message/rfc822", raw.into_bytes()).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

async fn deliver(app: &TestApp, email: &str) -> (Uuid, String) {
    let signup = signup(email);
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Accepted).await;
    (signup.signup_id, return_path(app, email).await)
}

#[tokio::test]
async fn a_hard_bounce_stops_the_next_mail_and_is_told_and_shown() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (signup_id, to) = deliver(&app, "anna@example.com").await;

    let answer = give(&app, unknown_user(&to, "anna@example.com")).await;
    assert_eq!(answer, json!({"outcome": "hard", "suppressed": true}));
    let told = app.around.told.wait_for("feedback", |records| {
        let told = crate::test_app::states(records);
        told.iter().any(|one| one.feedback == Some(Feedback::Bounced))
    });
    let told = crate::test_app::states(&told.await);
    let bounced = told.iter().find(|one| one.feedback.is_some()).expect("told");
    assert_eq!(
        (bounced.request_id, bounced.state, bounced.revision),
        (signup_id, State::Accepted, 3)
    );
    let path = format!("/admin/v1/notification/notifications?request_id={signup_id}");
    let page: Value = app.get_admin(&path).await.json().await.expect("JSON");
    assert_eq!(page["items"][0]["feedback"], "bounced");
    assert_eq!(page["items"][0]["state"], "accepted");

    let next = signup("anna@example.com");
    app.publish(vec![accepted(&next)]).await;
    app.told(next.signup_id, State::Suppressed).await;
    assert_eq!(app.mails_to("anna@example.com").len(), 1);
    let series = "leadstream_notification_bounces_total{outcome=\"hard\",via=\"http\"";
    assert!((app.metric(series).await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_bounce_that_comes_again_changes_nothing() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (_, to) = deliver(&app, "anna@example.com").await;
    let raw = unknown_user(&to, "anna@example.com");
    assert_eq!(give(&app, raw.clone()).await["outcome"], "hard");
    app.execute("update suppressions set active = false").await;
    for _ in 0..3 {
        assert_eq!(
            give(&app, raw.clone()).await,
            json!({"outcome": "repeated", "suppressed": false})
        );
    }
    assert_eq!(
        app.count(SUPPRESSED).await,
        0,
        "what an operator lifted stays lifted"
    );
    assert_eq!(app.count("select count(*) from bounces").await, 1);
}

#[tokio::test]
async fn what_was_made_up_suppresses_nobody() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (_, to) = deliver(&app, "anna@example.com").await;
    let id: Uuid = sqlx::query_scalar("select id from notifications")
        .fetch_one(app.around.database.pool())
        .await
        .expect("an id");
    let other_key = BounceKey::parse(&"ee".repeat(32)).expect("a key");
    let mut forged = to.clone().into_bytes();
    forged[43] = if forged[43] == b'a' { b'b' } else { b'a' };
    let forged = String::from_utf8(forged).expect("ASCII");
    for to in [
        forged.as_str(),
        "bounces@course.example",
        &format!("{}@course.example", other_key.local_part(NotificationId(id))),
        &format!("{id}@course.example"),
    ] {
        let answer = give(&app, unknown_user(to, "anna@example.com")).await;
        assert_eq!(
            answer,
            json!({"outcome": "unverified", "suppressed": false}),
            "{to}"
        );
    }
    let ours = BounceKey::parse(&"cd".repeat(32)).expect("a key");
    let nobody = format!("{}@course.example", ours.local_part(NotificationId(Uuid::nil())));
    assert_eq!(
        give(&app, unknown_user(&nobody, "anna@example.com")).await["outcome"],
        "unknown"
    );
    assert_eq!(app.count(SUPPRESSED).await, 0);
    assert_eq!(app.count("select count(*) from bounces").await, 0);
    let (next, _) = deliver(&app, "anna@example.com").await;
    app.told(next, State::Accepted).await;
}

#[tokio::test]
async fn the_third_soft_bounce_within_two_weeks_counts_as_a_hard_one() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let mut mails = Vec::new();
    for _ in 0..4 {
        let (signup_id, _) = deliver(&app, "anna@example.com").await;
        let newest = app.mails_to("anna@example.com");
        mails.push((
            signup_id,
            newest.first().expect("a mail").outline.envelope.from.clone(),
        ));
    }
    let soft = |at: usize| full_mailbox(&mails[at].1, "anna@example.com");
    for _ in 0..3 {
        give(&app, soft(0)).await;
    }
    assert_eq!(
        give(&app, soft(1)).await,
        json!({"outcome": "soft", "suppressed": false})
    );
    app.execute("update bounces set received_at = now() - interval '15 days' where notification_id = (select min(notification_id::text)::uuid from bounces)").await;
    assert_eq!(
        give(&app, soft(2)).await["suppressed"],
        false,
        "one of three is too old"
    );
    assert_eq!(app.count(SUPPRESSED).await, 0);
    assert_eq!(
        give(&app, soft(3)).await,
        json!({"outcome": "soft", "suppressed": true})
    );
    assert_eq!(app.count(SUPPRESSED).await, 1);
}

#[tokio::test]
async fn a_complaint_is_for_ever_and_is_known_by_the_copy_of_the_mail() {
    let app = TestApp::start().await;
    let enquiry = enquiry("anna@example.com");
    app.publish(vec![asked(&enquiry)]).await;
    assert_eq!(
        return_path(&app, "anna@example.com").await,
        "",
        "acknowledgements have no sender to bounce to"
    );
    let mail = app.summary_to("anna@example.com").await;
    let raw = app.around.mailbox.raw(&mail).await;
    let raw = String::from_utf8(raw).expect("ASCII");
    let (header, _) = raw.split_once("\r\n\r\n").expect("a header");
    assert_eq!(
        give(&app, complaint(header)).await,
        json!({"outcome": "complaint", "suppressed": true})
    );
    app.told(enquiry.enquiry_id, State::Accepted).await;
    let another = crate::samples::enquiry("anna@example.com");
    app.publish(vec![asked(&another)]).await;
    app.told(another.enquiry_id, State::Suppressed).await;
}

#[tokio::test]
async fn answers_of_robots_and_delays_change_nothing() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (_, to) = deliver(&app, "anna@example.com").await;
    let away = format!(
        "From: Anna <anna@example.com>\r\nTo: {to}\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\n\
         I am away until Monday. My old address anna@old.example no longer exists.\r\n"
    );
    let delayed = report(&to, "anna@example.com", "delayed", "451 4.4.1 No answer");
    for raw in [
        away,
        delayed,
        "hello".to_owned(),
        String::new(),
        "\0\u{ff}\r\n".repeat(1_000),
    ] {
        assert_eq!(
            give(&app, raw).await,
            json!({"outcome": "not-a-bounce", "suppressed": false})
        );
    }
    assert_eq!(app.count("select count(*) from bounces").await, 0);
    assert_eq!(app.count(SUPPRESSED).await, 0);
}

#[tokio::test]
async fn a_teams_mail_that_comes_back_goes_to_the_fallback_inbox_and_suppresses_nobody() {
    let app = TestApp::start().await;
    let enquiry = enquiry("anna@example.com");
    app.publish(vec![asked(&enquiry)]).await;
    let to = return_path(&app, "sales@course.example").await;
    assert_eq!(
        give(&app, unknown_user(&to, "sales@course.example")).await,
        json!({"outcome": "hard", "suppressed": false})
    );
    let fallback = app.mail_to("office@course.example").await;
    assert!(fallback.text.contains("discount"), "it says what was asked");
    assert_eq!(app.count(SUPPRESSED).await, 0);
    let failures = |inbox| format!("leadstream_notification_team_failures_total{{inbox=\"{inbox}\"");
    assert!((app.metric(&failures("first")).await - 1.0).abs() < f64::EPSILON);

    let to = return_path(&app, "office@course.example").await;
    give(&app, unknown_user(&to, "office@course.example")).await;
    assert!((app.metric(&failures("fallback")).await - 1.0).abs() < f64::EPSILON);
    assert_eq!(
        app.count("select count(*) from notifications where purpose = 'team'")
            .await,
        2,
        "there is no third inbox"
    );
}

#[tokio::test]
async fn what_a_teams_mail_said_is_forgotten_after_a_week_and_then_there_is_only_the_alert() {
    let app = TestApp::start().await;
    app.publish(vec![asked(&enquiry("anna@example.com"))]).await;
    let to = return_path(&app, "sales@course.example").await;
    let known = "select count(*) from notifications where content is not null";
    let forget = || notification::commands::forget_old::forget_old(app.app.state());
    forget().await.expect("done");
    assert_eq!(app.count(known).await, 1);
    app.execute("update notifications set queued_at = now() - interval '8 days', settled_at = now() - interval '8 days'").await;
    forget().await.expect("done");
    assert_eq!(app.count(known).await, 0);
    give(&app, unknown_user(&to, "sales@course.example")).await;
    assert_eq!(
        app.count("select count(*) from notifications where purpose = 'team'")
            .await,
        1
    );
    let series = "leadstream_notification_team_failures_total{inbox=\"first\"";
    assert!((app.metric(series).await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn bounces_are_counted_for_two_weeks_at_least_and_kept_as_long_as_the_ledger() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (_, to) = deliver(&app, "anna@example.com").await;
    give(&app, full_mailbox(&to, "anna@example.com")).await;
    for (days, left) in [("30 days", 1), ("32 days", 0)] {
        let age = sqlx::AssertSqlSafe(format!(
            "update bounces set received_at = now() - interval '{days}'"
        ));
        sqlx::query(age)
            .execute(app.around.database.pool())
            .await
            .expect("done");
        notification::commands::forget_old::forget_old(app.app.state())
            .await
            .expect("done");
        assert_eq!(app.count("select count(*) from bounces").await, left, "{days}");
    }
}

#[tokio::test]
async fn a_bounce_that_comes_while_the_mail_is_being_sent_is_told_with_the_outcome() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let slow = mailbox::Fault::Delay(std::time::Duration::from_secs(2));
    app.misbehave(mailbox::Rule::new(mailbox::Moment::Stored, slow).times(1));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    let to = app
        .summary_to("anna@example.com")
        .await
        .outline
        .envelope
        .from
        .clone();
    assert_eq!(
        app.count("select count(*) from notifications where state = 'queued'")
            .await,
        1,
        "no answer yet"
    );
    give(&app, unknown_user(&to, "anna@example.com")).await;

    let told = app.told(signup.signup_id, State::Accepted).await;
    let last = told.last().expect("told");
    assert_eq!((last.revision, last.feedback), (2, Some(Feedback::Bounced)));
}

#[tokio::test]
async fn a_mail_of_more_than_10_mib_or_of_another_type_is_refused_and_nothing_is_a_server_error() {
    let app = TestApp::start().await;
    let answer = app
        .post_admin(PATH, "message/rfc822", vec![b'a'; 10 * 1024 * 1024 + 1])
        .await;
    assert_eq!(answer.status(), 413);
    let answer = app
        .post_admin(PATH, "message/rfc822", vec![b'a'; 10 * 1024 * 1024])
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        app.post_admin(PATH, "application/json", b"{}".to_vec())
            .await
            .status(),
        415
    );
    assert_eq!(
        app.post(PATH, &[("content-type", "message/rfc822")], Vec::new())
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn without_the_database_a_bounce_is_not_taken() {
    let around = Surroundings::new().await;
    let proxy = testkit::FaultProxy::start(around.database.upstream());
    let mut config = around.config();
    config.database = crate::test_app::database_through(&around.database, &proxy);
    let app = around.start(config);
    app.publish(vec![asked(&enquiry("anna@example.com"))]).await;
    let to = return_path(&app, "sales@course.example").await;
    proxy.set(testkit::Fault::Refuse).await;
    let raw = unknown_user(&to, "sales@course.example");
    let answer = app
        .post_admin(PATH, "message/rfc822", raw.clone().into_bytes())
        .await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    proxy.set(testkit::Fault::Pass).await;
    testkit::wait_until("taken", crate::test_app::SOON, async || {
        app.post_admin(PATH, "message/rfc822", raw.clone().into_bytes())
            .await
            .status()
            == 200
    })
    .await;
    assert_eq!(app.count("select count(*) from bounces").await, 1);
}

#[tokio::test]
async fn an_erasure_takes_bounces_along_and_the_suppression_stays() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (_, to) = deliver(&app, "anna@example.com").await;
    give(&app, unknown_user(&to, "anna@example.com")).await;
    let payload = PersonErased {
        person_id: person("anna@example.com"),
        erased_at: OffsetDateTime::now_utc(),
    };
    app.publish(vec![Event::new(payload.person_id, payload.erased_at, &payload)])
        .await;
    app.wait_for_count(0, "select count(*) from bounces").await;
    assert_eq!(app.count(SUPPRESSED).await, 1);
    let again = give(&app, unknown_user(&to, "anna@example.com")).await;
    assert_eq!(again["outcome"], "unknown", "nobody is left whose mail it was");
    assert_eq!(app.count("select count(*) from bounces").await, 0);
}
