use enquiry::commands::release_held::release_held;
use enquiry::domain::reference::Reference;
use reqwest::header::LOCATION;

use crate::test_app::TestApp;

const STATE: &str = "select concat_ws('|', status, delivery, acknowledge) from enquiries";

#[tokio::test]
async fn a_filled_honeypot_is_stored_but_mails_nobody_and_gets_the_same_answer() {
    let app = TestApp::start().await;
    let response = app.hold().await;
    let reference = app.text("select reference from enquiries").await;
    assert_eq!(
        response.headers()[LOCATION],
        format!("/contact/thanks?ref={reference}")
    );
    assert_eq!(app.text(STATE).await, "held|held|f");
    assert_eq!(app.count("select count(*) from outbox").await, 0);
    assert_eq!(app.count("select count(*) from mail_budgets").await, 0);
}

#[tokio::test]
async fn a_released_enquiry_is_one_like_any_other() {
    let app = TestApp::start().await;
    app.hold().await;
    app.execute("update enquiries set event_time = event_time - interval '30 days'")
        .await;
    let reference =
        Reference::parse(&app.text("select reference from enquiries").await).expect("well formed");
    assert!(release_held(app.app.state(), &reference).await.expect("done"));
    assert_eq!(app.text(STATE).await, "new|owed|t");
    let event = "select count(*) from outbox join enquiries using (event_id)
        where convert_from(outbox.payload, 'utf8') = enquiries.payload
            and convert_from(outbox.payload, 'utf8')::json ->> 'acknowledge' = 'true'
            and outbox.event_time > now() - interval '1 minute'";
    assert_eq!(app.count(event).await, 1);
    let history = "select string_agg(revision || status, ',' order by revision) from status_changes";
    assert_eq!(app.text(history).await, "1held,2new");

    assert!(
        !release_held(app.app.state(), &reference).await.expect("done"),
        "only once"
    );
    assert_eq!(app.count("select count(*) from outbox").await, 1);
}
