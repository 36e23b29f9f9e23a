//! What an operator does about mails: looks at the attempts, tries again, calls off.

use contracts::notification::State;
use contracts::offer::DeliveryMode;
use mailbox::{Fault, Moment, Rule};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::Fault as Network;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::samples::{accepted, signup};
use crate::test_app::TestApp;

const PATH: &str = "/admin/v1/notification/notifications";

/// The one notification of a request.
async fn only(app: &TestApp, request: Uuid) -> Uuid {
    let list: Value = app
        .get_admin(&format!("{PATH}?request_id={request}"))
        .await
        .json()
        .await
        .expect("JSON");
    list["items"][0]["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a UUID")
}

async fn shown(app: &TestApp, id: Uuid) -> Value {
    let answer = app.get_admin(&format!("{PATH}/{id}")).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

async fn post(app: &TestApp, path: &str, body: &Value) -> reqwest::Response {
    let bytes = body.to_string().into_bytes();
    app.post_admin(&format!("{PATH}{path}"), "application/json", bytes)
        .await
}

fn refused_for_good() -> Rule {
    Rule::new(
        Moment::Stored,
        Fault::Reply("554 5.7.1 Message refused by content policy".to_owned()),
    )
}

#[tokio::test]
async fn one_notification_is_shown_with_what_was_tried_and_not_whom_it_goes_to() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Accepted).await;

    let whole = shown(&app, only(&app, signup.signup_id).await).await;
    assert_eq!(
        (&whole["state"], &whole["due_at"]),
        (&json!("accepted"), &Value::Null)
    );
    let attempts = whole["attempts"].as_array().expect("attempts");
    assert_eq!(attempts.len(), 1);
    assert_eq!(
        (
            &attempts[0]["relay"],
            &attempts[0]["outcome"],
            &attempts[0]["reply_code"]
        ),
        (&json!("relay"), &json!("accepted"), &json!(250))
    );
    assert!(!whole.to_string().contains("anna"));
    for unknown in [Uuid::nil().to_string(), "1".to_owned()] {
        let answer = app.get_admin(&format!("{PATH}/{unknown}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn what_has_failed_is_tried_again_when_an_operator_says_so() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    app.misbehave(refused_for_good().times(1));
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::Failed).await;
    let id = only(&app, signup.signup_id).await;

    let answer = post(&app, &format!("/{id}/retry"), &json!({})).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    app.mail_to("anna@example.com").await;
    let told = app.told(signup.signup_id, State::Accepted).await;
    let states: Vec<State> = told.iter().map(|told| told.state).collect();
    assert!(states.contains(&State::Queued), "{states:?}");
    assert_eq!(
        shown(&app, id).await["attempts"].as_array().map(Vec::len),
        Some(2)
    );

    for action in ["retry", "cancel"] {
        let answer = post(&app, &format!("/{id}/{action}"), &json!({})).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT, "{action}: it is accepted");
        let unknown = post(&app, &format!("/{}/{action}", Uuid::nil()), &json!({})).await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND, "{action}");
    }
}

#[tokio::test]
async fn a_mail_that_is_called_off_never_goes_out() {
    let app = TestApp::start().await;
    let signup = signup("anna@example.com");
    app.publish(vec![accepted(&signup)]).await;
    app.told(signup.signup_id, State::WaitingForOffer).await;
    let id = only(&app, signup.signup_id).await;

    let answer = post(&app, &format!("/{id}/cancel"), &json!({})).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    app.told(signup.signup_id, State::Suppressed).await;
    app.store_offer(DeliveryMode::Link).await;
    let other = crate::samples::signup("berta@example.com");
    app.publish(vec![accepted(&other)]).await;
    app.mail_to("berta@example.com").await;
    assert!(app.mails_to("anna@example.com").is_empty());
    assert_eq!(
        app.count("select count(*) from notifications where address is null and outcome = 'cancelled'")
            .await,
        1
    );
}

#[tokio::test]
async fn all_that_failed_by_relays_faults_since_a_time_is_tried_again() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let began = OffsetDateTime::now_utc().format(&Rfc3339).expect("a time");
    app.around.relay.set(Network::Refuse).await;
    let signups = ["anna@example.com", "berta@example.com"].map(signup);
    app.publish(signups.iter().map(accepted).collect()).await;
    app.wait_for_count(2, "select count(*) from due_notifications")
        .await;
    // Their horizon is a day: as if it had passed with the relay away.
    app.execute(
        "with gone as (delete from due_notifications returning notification_id)
         update notifications set state = 'failed', outcome = 'relay_fault', settled_at = now()
         where id in (select notification_id from gone)",
    )
    .await;
    app.around.relay.set(Network::Pass).await;

    let asked = |since: &str, dry_run| json!({ "since": since, "dry_run": dry_run });
    let dry: Value = post(&app, "/retry", &asked(&began, true))
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(dry, json!({ "notifications": 2, "dry_run": true }));
    let later: Value = post(&app, "/retry", &asked("2100-01-01T00:00:00Z", false))
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(later["notifications"], 0);
    let done: Value = post(&app, "/retry", &asked(&began, false))
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(done["notifications"], 2);
    for signup in &signups {
        app.mail_to(signup.email.expose()).await;
    }
    let wrong = post(&app, "/retry", &json!({ "since": "yesterday" })).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
}
