use contracts::notification::{OfferStored, State};
use contracts::offer::DeliveryMode;
use contracts::topics;
use kafka::{Received, Record};

use crate::samples::{accepted, asked, chunks, enquiry, manifest, offer, offer_version, published, signup};
use crate::test_app::{TestApp, payloads};

fn stored(records: &[Received]) -> Vec<OfferStored> {
    payloads(records)
}

/// The reason of the first dead letter.
async fn reason_of_dead_letter(app: &TestApp) -> String {
    let letters = app
        .around
        .kafka
        .tail(topics::dead_letters(contracts::Source::Notification));
    let letters = letters
        .wait_for("a dead letter", |records| !records.is_empty())
        .await;
    let reason = letters[0]
        .headers
        .iter()
        .find(|(name, _)| name == "parked_reason")
        .expect("a reason");
    String::from_utf8(reason.1.clone()).expect("text")
}

#[tokio::test]
async fn a_delivery_waits_for_its_offer_and_holds_up_nobody() {
    let app = TestApp::start().await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::WaitingForOffer).await;
    app.publish(vec![asked(&enquiry("berta@example.com"))]).await;
    app.mail_to("berta@example.com").await;
    assert!(app.mails_to("anna@example.com").is_empty());

    app.publish(offer(1, DeliveryMode::Both)).await;
    app.mail_to("anna@example.com").await;
    let told = app.told(signup.signup_id, State::Accepted).await;
    let revisions: Vec<_> = told.iter().map(|told| (told.revision, told.state)).collect();
    assert_eq!(revisions, [(1, State::WaitingForOffer), (3, State::Accepted)]);
}

#[tokio::test]
async fn a_manifest_that_comes_again_is_told_again() {
    let app = TestApp::start_with_offer(DeliveryMode::Both).await;
    app.publish(offer(1, DeliveryMode::Both)).await;
    let records = app
        .around
        .told
        .wait_for("stored twice", |records| stored(records).len() == 2)
        .await;
    assert!(
        stored(&records)
            .iter()
            .all(|stored| stored.offer == offer_version(1))
    );
    assert_eq!(app.count("select count(*) from file_chunks").await, 2);
}

#[tokio::test]
async fn an_offer_without_its_whole_file_is_set_aside_and_its_deliveries_wait() {
    let app = TestApp::start().await;
    app.publish(chunks().into_iter().take(1).collect()).await;
    app.publish(vec![published(&manifest(1, DeliveryMode::Both))])
        .await;
    assert!(reason_of_dead_letter(&app).await.contains("chunks"));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::WaitingForOffer).await;

    app.publish(offer(1, DeliveryMode::Both)).await;
    app.told(signup.signup_id, State::Accepted).await;
}

#[tokio::test]
async fn a_template_that_could_fail_is_set_aside_by_its_line() {
    let app = TestApp::start().await;
    let mut wrong = manifest(1, DeliveryMode::Both);
    wrong.mail.html = "<p>\n{{ downlaod }}</p>".to_owned();
    app.publish(chunks()).await;
    app.publish(vec![published(&wrong)]).await;
    assert_eq!(
        reason_of_dead_letter(&app).await,
        "template body.html, line 2: undefined value"
    );
    assert_eq!(app.count("select count(*) from offers").await, 0);
    app.publish(offer(2, DeliveryMode::Both)).await;
    app.wait_for_count(1, "select count(*) from offers").await;
}

#[tokio::test]
async fn a_newer_kind_of_manifest_is_set_aside() {
    let app = TestApp::start().await;
    let mut newer = published(&manifest(1, DeliveryMode::Both));
    newer.event_type = newer.event_type.replace(".v1", ".v2");
    app.publish(vec![newer]).await;
    assert!(
        reason_of_dead_letter(&app)
            .await
            .starts_with("a newer version of")
    );
}

#[tokio::test]
async fn a_withdrawn_version_goes_unless_a_mail_needs_it() {
    let app = TestApp::start().await;
    app.around.relay.set(testkit::Fault::Refuse).await;
    app.publish(offer(1, DeliveryMode::Link)).await;
    app.publish(vec![published(&manifest(2, DeliveryMode::Link))])
        .await;
    app.wait_for_count(2, "select count(*) from offers").await;
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    app.wait_for_count(1, "select count(*) from due_notifications")
        .await;

    let tombstone = |version| Record {
        topic: topics::OFFER_VERSIONS.to_owned(),
        key: Some(offer_version(version).key().into_bytes()),
        payload: None,
        headers: Vec::new(),
        timestamp: None,
    };
    app.around.produce(vec![tombstone(1), tombstone(2)]).await;
    app.wait_for_count(0, "select count(*) from offers where version = 2")
        .await;
    assert_eq!(
        app.count("select count(*) from offers where version = 1").await,
        1
    );
    app.around.relay.set(testkit::Fault::Pass).await;
    app.mail_to("anna@example.com").await;
}
