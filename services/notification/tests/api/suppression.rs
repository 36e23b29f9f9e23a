//! Who is not mailed, who decided it, and which decision counts.

use contracts::Event;
use contracts::notification::State;
use contracts::offer::DeliveryMode;
use contracts::signup::{UnsubscribeScope, Unsubscribed, UpdatesConfirmed};
use mailbox::{Fault, Moment, Rule};
use notification::commands::change_suppressions::change_suppressions;
use notification::domain::bounce::BounceClass;
use notification::domain::bounce_report::Via;
use notification::domain::suppression::{Decided, Decision, Reason, SuppressionSource};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::bounces::{give, return_path, unknown_user};
use crate::samples::{accepted, asked, enquiry, person, signup, unsubscribed};
use crate::test_app::TestApp;

#[tokio::test]
async fn who_wants_no_updates_still_gets_what_was_asked_for() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.publish(vec![
        unsubscribed("anna@example.com", UnsubscribeScope::Updates),
        accepted(&signup("anna@example.com")),
    ])
    .await;
    app.mail_to("anna@example.com").await;
    assert_eq!(
        app.count("select count(*) from suppressions where scope = 'updates' and active")
            .await,
        1
    );
}

#[tokio::test]
async fn who_said_not_me_gets_nothing_but_a_team_hears_of_the_question() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.publish(vec![unsubscribed(
        "anna@example.com",
        UnsubscribeScope::Everything,
    )])
    .await;
    app.wait_for_count(
        1,
        "select count(*) from suppressions where scope = 'everything' and active",
    )
    .await;
    let (signup, enquiry) = (signup("anna@example.com"), enquiry("anna@example.com"));
    app.publish(vec![accepted(&signup), asked(&enquiry)]).await;

    app.mail_to("sales@course.example").await;
    let told = app.told(signup.signup_id, State::Suppressed).await;
    assert_eq!(told[0].revision, 2);
    app.told(enquiry.enquiry_id, State::Suppressed).await;
    assert!(app.mails_to("anna@example.com").is_empty());
    assert_eq!(
        app.count("select count(*) from notifications where state = 'suppressed' and address is null")
            .await,
        2
    );
    assert_eq!(app.count("select count(*) from attempts").await, 1, "the team's");
}

/// Fails on a build that asks for suppressions of whom a mail goes to, whatever its class.
#[tokio::test]
async fn a_team_hears_of_a_question_even_if_its_own_inbox_is_suppressed() {
    let app = TestApp::start().await;
    for inbox in ["sales@course.example", "anna@example.com"] {
        let complaint = serde_json::json!({ "person": inbox, "reason": "complaint" });
        assert_eq!(post(&app, "", complaint).await, 204);
    }
    let enquiry = enquiry("anna@example.com");
    app.publish(vec![asked(&enquiry)]).await;
    app.mail_to("sales@course.example").await;
    app.told(enquiry.enquiry_id, State::Suppressed).await;
}

#[tokio::test]
async fn the_latest_decision_counts_in_whatever_order_they_come() {
    let app = TestApp::start().await;
    let at = OffsetDateTime::now_utc() + time::Duration::minutes(1);
    let confirmed = UpdatesConfirmed {
        person_id: person("anna@example.com"),
        at,
    };
    app.publish(vec![Event::new(confirmed.person_id, at, &confirmed)])
        .await;
    app.wait_for_count(1, "select count(*) from suppressions where not active")
        .await;
    app.publish(vec![
        unsubscribed("anna@example.com", UnsubscribeScope::Updates),
        unsubscribed("berta@example.com", UnsubscribeScope::Updates),
    ])
    .await;
    app.wait_for_count(2, "select count(*) from suppressions").await;
    assert_eq!(
        app.count("select count(*) from suppressions where active").await,
        1,
        "only the other person's"
    );
}

const SUPPRESSIONS: &str = "/admin/v1/notification/suppressions";

async fn post(app: &TestApp, path: &str, body: Value) -> u16 {
    let bytes = body.to_string().into_bytes();
    let path = format!("{SUPPRESSIONS}{path}");
    let answer = app.post_admin(&path, "application/json", bytes).await;
    answer.status().as_u16()
}

#[tokio::test]
async fn an_operator_suppresses_a_person_and_lets_them_be_mailed_again() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let added = serde_json::json!({ "person": "Anna@example.com", "reason": "asked-by-phone" });
    assert_eq!(post(&app, "", added).await, 204);
    let list: Value = app.get_admin(SUPPRESSIONS).await.json().await.expect("JSON");
    let id = person("anna@example.com").to_string();
    assert_eq!(list["items"][0]["person_id"], id);
    assert_eq!(list["items"][0]["reason"], "asked-by-phone");
    assert_eq!(list["items"][0]["source"], "operator");

    let first = signup("anna@example.com");
    app.publish(vec![accepted(&first)]).await;
    app.told(first.signup_id, State::Suppressed).await;
    let lifted = serde_json::json!({ "reason": "asked-again" });
    assert_eq!(post(&app, &format!("/{id}/lift"), lifted.clone()).await, 204);
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    app.mail_to("anna@example.com").await;

    app.execute("update suppressions set active = true, reason = 'complaint'")
        .await;
    let (not_me, marker) = (UnsubscribeScope::Everything, UnsubscribeScope::Updates);
    app.publish(vec![
        unsubscribed("anna@example.com", not_me),
        unsubscribed("berta@example.com", marker),
    ])
    .await;
    app.wait_for_count(1, "select count(*) from suppressions where scope = 'updates'")
        .await;
    assert_eq!(post(&app, &format!("/{id}/lift"), lifted).await, 409, "for ever");
    let texts = [
        ("nobody", "word"),
        ("anna@example.com", "two words"),
        ("anna@example.com", ""),
    ];
    for (person, reason) in texts {
        let body = serde_json::json!({ "person": person, "reason": reason });
        assert_eq!(post(&app, "", body).await, 422, "{person} {reason}");
    }
}

/// Reason and source of the only suppression of this scope.
async fn held(app: &TestApp, scope: &str) -> (String, String) {
    let page: Value = app.get_admin(SUPPRESSIONS).await.json().await.expect("JSON");
    let items = page["items"].as_array().expect("items");
    let held: Vec<_> = items.iter().filter(|item| item["scope"] == scope).collect();
    assert_eq!(held.len(), 1, "{page}");
    let text = |name: &str| held[0][name].as_str().expect("a text").to_owned();
    (text("reason"), text("source"))
}

fn pair(reason: &str, source: &str) -> (String, String) {
    (reason.to_owned(), source.to_owned())
}

#[tokio::test]
async fn every_part_that_decides_says_that_it_was_it() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let first = signup("anna@example.com");
    app.publish(vec![accepted(&first)]).await;
    let to = return_path(&app, "anna@example.com").await;

    let no_updates = unsubscribed("anna@example.com", UnsubscribeScope::Updates);
    app.publish(vec![no_updates]).await;
    app.wait_for_count(1, "select count(*) from suppressions").await;
    assert_eq!(held(&app, "updates").await, pair("unsubscribed", "unsubscribe"));

    let by_phone = serde_json::json!({ "person": "anna@example.com", "reason": "asked-by-phone" });
    assert_eq!(post(&app, "", by_phone).await, 204);
    assert_eq!(held(&app, "everything").await, pair("asked-by-phone", "operator"));

    let not_me = unsubscribed("anna@example.com", UnsubscribeScope::Everything);
    app.publish(vec![not_me]).await;
    app.wait_for_count(1, "select count(*) from suppressions where reason = 'not_me'")
        .await;
    assert_eq!(held(&app, "everything").await, pair("not_me", "not_me"));

    give(&app, unknown_user(&to, "anna@example.com")).await;
    assert_eq!(held(&app, "everything").await, pair("hard", "http"));
}

#[tokio::test]
async fn a_relay_that_refuses_the_recipient_is_the_source() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let gone = Fault::Reply("550 5.1.1 no such user here".to_owned());
    app.misbehave(Rule::new(Moment::Recipient, gone));
    let signup = signup("gone@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Failed).await;
    assert_eq!(held(&app, "everything").await, pair("hard", "smtp_reply"));
}

/// A decision about Anna: a reason or `lift`, and so many days ago, or now.
fn anna(text: &str) -> Decision {
    let (word, days) = text.split_once(' ').unwrap_or((text, ""));
    let days: Option<i64> = days.parse().ok();
    let reason = Reason::parse(word).expect("a reason");
    Decision {
        source: SuppressionSource::Import,
        decided_at: days.map(|days| OffsetDateTime::now_utc() - time::Duration::days(days)),
        ..Decision::by_operator(person("anna@example.com"), reason, word != "lift")
    }
}

async fn decide(app: &TestApp, decision: Decision) -> Decided {
    let decided = change_suppressions(app.app.state(), vec![decision]).await;
    decided.expect("decided").remove(0).1
}

/// What was decided, what comes then, what that comes to, and the reason that is left.
const CASES: [(&str, &str, Decided, &str); 17] = [
    ("hard 2", "old-list", Decided::Unchanged, "hard"),
    ("hard 2", "not_me 1", Decided::Unchanged, "hard"),
    ("old-list 2", "hard 3", Decided::Renewed, "hard"),
    ("soft 2", "hard 3", Decided::Renewed, "hard"),
    ("by-phone 2", "old-list 1", Decided::Unchanged, "by-phone"),
    ("hard 2", "hard 3", Decided::Unchanged, "hard"),
    ("hard 2", "hard 1", Decided::Renewed, "hard"),
    ("hard 2", "lift 3", Decided::Overruled, "hard"),
    ("hard 2", "lift 1", Decided::Changed, ""),
    ("hard -1", "lift", Decided::Changed, ""),
    ("lift 2", "hard 3", Decided::Overruled, ""),
    ("lift 2", "hard 1", Decided::Changed, "hard"),
    ("lift -1", "hard", Decided::Changed, "hard"),
    ("lift 2", "complaint 3", Decided::Changed, "complaint"),
    ("hard 2", "complaint 3", Decided::Renewed, "complaint"),
    ("complaint 2", "lift", Decided::Overruled, "complaint"),
    ("complaint 2", "hard", Decided::Unchanged, "complaint"),
];

/// Fails on a build where the last writer wins, and on one where a late decision is not heeded.
#[tokio::test]
async fn of_two_decisions_the_stronger_or_else_the_later_counts() {
    let app = TestApp::start().await;
    for (first, second, became, left) in CASES {
        app.execute("delete from suppressions").await;
        decide(&app, anna(first)).await;
        assert_eq!(decide(&app, anna(second)).await, became, "{first}, {second}");
        let reason = "select coalesce(max(reason), '') from suppressions where active";
        let reason: String = sqlx::query_scalar(reason)
            .fetch_one(app.around.database.pool())
            .await
            .expect("a reason");
        assert_eq!(reason, left, "{first}, {second}");
    }
}

/// Fails on a build that stores a time which it cannot read again, or that a person cannot overrule for years.
#[tokio::test]
async fn a_decision_of_a_clock_that_is_far_ahead_is_listed_and_no_later_than_tomorrow() {
    let app = TestApp::start().await;
    let last = "9999-12-31T23:59:59Z";
    let unsubscribed = Unsubscribed {
        person_id: person("anna@example.com"),
        scope: UnsubscribeScope::Updates,
        at: OffsetDateTime::parse(last, &Rfc3339).expect("a time"),
    };
    let now = OffsetDateTime::now_utc();
    app.publish(vec![Event::new(unsubscribed.person_id, now, &unsubscribed)])
        .await;
    app.wait_for_count(1, "select count(*) from suppressions").await;
    assert_eq!(held(&app, "updates").await, pair("unsubscribed", "unsubscribe"));
    let ahead = "select count(*) from suppressions where decided_at > now() + interval '1 day'";
    assert_eq!(app.count(ahead).await, 0);
}

/// Fails on a build that lets a weaker word or a later lift take the place of a complaint.
#[tokio::test]
async fn no_way_leads_out_of_a_complaint() {
    let app = TestApp::start().await;
    let id = person("anna@example.com");
    let complaint = Decision::came_back(id, BounceClass::Complaint, Via::Lmtp);
    assert_eq!(decide(&app, complaint).await, Decided::Changed);
    let noted = "select count(*) from suppressions
                 where active and reason = 'complaint' and source = 'lmtp' and decided_at <= now()";
    let soon = OffsetDateTime::now_utc() + time::Duration::minutes(1);
    for other in [
        Decision::refused(id),
        Decision::came_back(id, BounceClass::Soft, Via::Http),
        Decision::came_back(id, BounceClass::Complaint, Via::Http),
        Decision::unsubscribed(id, UnsubscribeScope::Everything, soon),
        Decision::by_operator(id, Reason::IMPORTED, true),
        Decision::by_operator(id, Reason::IMPORTED, false),
    ] {
        decide(&app, other).await;
        assert_eq!(app.count(noted).await, 1);
    }
}
