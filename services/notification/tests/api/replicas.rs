use std::collections::HashSet;
use std::time::Duration;

use contracts::offer::DeliveryMode;
use mailbox::{Fault, Moment, Rule};
use testkit::wait_until;

use crate::samples::{accepted, asked, enquiry, signup};
use crate::test_app::{SOON, TestApp};

/// Fails on a build whose claims take no lease: both replicas send the same mails then.
#[tokio::test]
async fn two_replicas_share_the_work_and_send_each_mail_once() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (_other, supervisor) = app.another();
    let mut events: Vec<_> = (0..60)
        .map(|i| accepted(&signup(&format!("lead{i}@example.com"))))
        .collect();
    events.extend((0..20).map(|i| asked(&enquiry(&format!("visitor{i}@example.com")))));
    app.publish([events.clone(), events].concat()).await;
    app.wait_for_count(100, "select count(*) from notifications where state = 'accepted'")
        .await;
    let mails = app.around.mailbox.messages();
    let ids: HashSet<&str> = mails
        .iter()
        .map(|mail| mail.outline.message_id.as_str())
        .collect();
    assert_eq!((mails.len(), ids.len()), (100, 100));
    assert!(supervisor.stop(SOON).await, "it stops in good order");
}

/// Fails on a build that cuts its workers off: the mail is out, and its outcome is not in the ledger.
#[tokio::test]
async fn a_stop_waits_for_the_mail_under_way_and_its_outcome() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.misbehave(Rule::new(Moment::Message, Fault::Delay(Duration::from_secs(1))));
    app.publish(vec![accepted(&signup("anna@example.com"))]).await;
    let sending = async || app.metric("leadstream_notification_sending").await > 0.5;
    wait_until("the mail is under way", SOON, sending).await;
    assert!(app.supervisor.stop(SOON).await, "it stops in good order");
    assert_eq!(
        app.count("select count(*) from notifications where state = 'accepted'")
            .await,
        1
    );
    assert_eq!(app.mails_to("anna@example.com").len(), 1);
}
