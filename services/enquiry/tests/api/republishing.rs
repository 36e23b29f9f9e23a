use enquiry::commands::republish_owed::republish_owed;
use enquiry::commands::retry_stuck::retry_stuck;

use crate::test_app::{TestApp, question};

const WAITING: &str = "select count(*) from outbox";
const SENT: &str = "delete from outbox";
const DUE: &str = "update enquiries set republish_at = now()";

/// Looks once; how many were told again.
async fn republish(app: &TestApp) -> i64 {
    let waiting = app.count(WAITING).await;
    republish_owed(app.app.state()).await.expect("done");
    app.count(WAITING).await - waiting
}

#[tokio::test]
async fn an_event_that_nobody_answered_is_told_again_as_it_was() {
    let app = TestApp::start().await;
    app.ask(&question()).await;
    app.execute("create table told as select * from outbox").await;
    app.execute(SENT).await;
    assert_eq!(republish(&app).await, 0, "not before its time");
    app.execute(DUE).await;
    assert_eq!(republish(&app).await, 1);
    let same = "select count(*) from outbox as o join told as t using
        (event_id, topic, key, event_type, event_time, content_type, traceparent, person_id, payload)";
    assert_eq!(app.count(same).await, 1);
    let wait = "select count(*) from enquiries
        where republish_at between now() + interval '230 seconds' and now() + interval '240 seconds'";
    assert_eq!(app.count(wait).await, 1, "the next wait is twice as long");
}

#[tokio::test]
async fn an_event_that_still_waits_in_the_outbox_is_not_told_again() {
    let app = TestApp::start().await;
    app.ask(&question()).await;
    app.execute(DUE).await;
    assert_eq!(republish(&app).await, 0);
    assert_eq!(app.count(WAITING).await, 1);
    assert_eq!(app.count("select republished::bigint from enquiries").await, 0);
}

#[tokio::test]
async fn after_ten_times_an_enquiry_is_stuck_until_somebody_starts_anew() {
    let app = TestApp::start().await;
    app.ask(&question()).await;
    for _ in 0..10 {
        app.execute(SENT).await;
        app.execute(DUE).await;
        assert_eq!(republish(&app).await, 1);
    }
    app.execute(SENT).await;
    app.execute(DUE).await;
    assert_eq!(republish(&app).await, 0);
    assert_eq!(app.text("select delivery from enquiries").await, "stuck");
    let metrics = app.get_admin("/metrics").await.text().await.expect("metrics");
    let stuck = "leadstream_enquiry_undelivered{delivery=\"stuck\",service=\"enquiry\"} 1";
    assert!(metrics.contains(stuck), "{metrics}");

    assert_eq!(retry_stuck(app.app.state()).await.expect("done"), 1);
    assert_eq!(republish(&app).await, 1);
}

#[tokio::test]
async fn held_and_finished_enquiries_are_not_told_again() {
    let app = TestApp::start().await;
    app.hold().await;
    app.ask(&question()).await;
    app.execute("update enquiries set delivery = 'done' where delivery = 'owed'")
        .await;
    app.execute(SENT).await;
    app.execute(DUE).await;
    assert_eq!(republish(&app).await, 0);
}

#[tokio::test]
async fn two_replicas_tell_an_event_once() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        app.ask(&question()).await;
    }
    app.execute(SENT).await;
    app.execute(DUE).await;
    tokio::join!(republish(&app), republish(&app));
    assert_eq!(app.count("select count(distinct event_id) from outbox").await, 5);
    assert_eq!(app.count(WAITING).await, 5);
}
