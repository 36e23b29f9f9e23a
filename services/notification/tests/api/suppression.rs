use contracts::Event;
use contracts::notification::State;
use contracts::offer::DeliveryMode;
use contracts::signup::{UnsubscribeScope, UpdatesConfirmed};
use time::OffsetDateTime;

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

async fn post(app: &TestApp, path: &str, body: serde_json::Value) -> u16 {
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
    let list: serde_json::Value = app.get_admin(SUPPRESSIONS).await.json().await.expect("JSON");
    let id = person("anna@example.com").to_string();
    assert_eq!(list["items"][0]["person_id"], id);
    assert_eq!(list["items"][0]["reason"], "asked-by-phone");

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
