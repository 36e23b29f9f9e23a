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
