use contracts::notification::State;
use contracts::offer::DeliveryMode;
use notification::commands::forget_old::forget_old;

use crate::samples::{accepted, chunks, signup};
use crate::test_app::TestApp;

#[tokio::test]
async fn settled_mails_go_after_the_retention_and_owed_ones_stay() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let (settled, young) = (signup("anna@example.com"), signup("berta@example.com"));
    app.publish(vec![accepted(&settled)]).await;
    app.told(settled.signup_id, State::Accepted).await;
    app.around.relay.set(testkit::Fault::Refuse).await;
    app.publish(vec![accepted(&signup("owed@example.com"))]).await;
    app.wait_for_count(1, "select count(*) from due_notifications")
        .await;
    app.execute("update notifications set queued_at = now() - interval '32 days'")
        .await;
    app.publish(vec![accepted(&young)]).await;
    app.wait_for_count(3, "select count(*) from notifications").await;

    let forgotten = forget_old(app.app.state()).await.expect("done");
    assert_eq!(forgotten, 1);
    assert_eq!(
        app.count("select count(*) from notifications where state = 'queued'")
            .await,
        2
    );
    assert_eq!(
        app.count("select count(*) from attempts where outcome = 'accepted'")
            .await,
        0
    );
    assert_eq!(
        app.count("select count(*) from file_chunks").await,
        2,
        "the offer's file stays"
    );
}

#[tokio::test]
async fn a_file_that_never_became_whole_is_swept_away_after_a_week() {
    let app = TestApp::start().await;
    app.publish(chunks().into_iter().take(1).collect()).await;
    app.wait_for_count(1, "select count(*) from file_chunks").await;
    forget_old(app.app.state()).await.expect("done");
    assert_eq!(app.count("select count(*) from file_chunks").await, 1);
    app.execute("update file_chunks set received_at = now() - interval '8 days'")
        .await;
    forget_old(app.app.state()).await.expect("done");
    assert_eq!(app.count("select count(*) from file_chunks").await, 0);
}
