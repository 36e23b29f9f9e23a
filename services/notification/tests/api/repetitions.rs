use contracts::notification::State;
use contracts::offer::DeliveryMode;

use crate::samples::{accepted, asked, enquiry, signup};
use crate::test_app::TestApp;

/// Fails on a build whose ledger is not unique on the event: ten mails come then.
#[tokio::test]
async fn an_event_that_comes_ten_times_makes_one_mail_and_is_answered_again() {
    let app = TestApp::start_with_offer(DeliveryMode::Both).await;
    let signup = signup("anna@example.com");
    let event = accepted(&signup);
    app.publish(vec![event.clone(); 10]).await;
    app.told(signup.signup_id, State::Accepted).await;

    app.publish(vec![event]).await;
    let asked_again = |records: &[kafka::Received]| {
        let accepted = |told: &&contracts::notification::StateChanged| told.state == State::Accepted;
        crate::test_app::states(records).iter().filter(accepted).count() >= 2
    };
    let records = app.around.told.wait_for("the state again", asked_again).await;
    let told = crate::test_app::states(&records);
    assert!(
        told.iter()
            .filter(|told| told.state == State::Accepted)
            .all(|told| told.revision == 2)
    );
    assert_eq!(app.mails_to("anna@example.com").len(), 1);
    assert_eq!(app.count("select count(*) from notifications").await, 1);
}

#[tokio::test]
async fn an_enquiry_that_comes_ten_times_makes_one_mail_to_each() {
    let app = TestApp::start().await;
    let enquiry = enquiry("anna@example.com");
    app.publish(vec![asked(&enquiry); 10]).await;
    app.wait_for_count(2, "select count(*) from notifications where state = 'accepted'")
        .await;
    assert_eq!(app.mails_to("anna@example.com").len(), 1);
    assert_eq!(app.mails_to("sales@course.example").len(), 1);
    assert_eq!(app.count("select count(*) from notifications").await, 2);
}

#[tokio::test]
async fn a_ledger_that_was_lost_gives_the_same_message_id_again() {
    let app = TestApp::start_with_offer(DeliveryMode::Both).await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup).with_id(signup.signup_id)])
        .await;
    app.told(signup.signup_id, State::Accepted).await;
    app.execute("delete from notifications").await;
    app.execute("delete from attempts").await;

    app.publish(vec![accepted(&signup).with_id(signup.signup_id)])
        .await;
    app.wait_for_count(1, "select count(*) from notifications where state = 'accepted'")
        .await;
    let mails = app.mails_to("anna@example.com");
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].outline.message_id, mails[1].outline.message_id);
    assert_eq!(
        mails[0].outline.envelope, mails[1].outline.envelope,
        "the bounce address, too"
    );
}
