//! What a robot seems to have sent: kept, not mailed, released by a command.

use contracts::Payload;
use contracts::signup::SignupAccepted;
use signup::commands::{self, Released, list_held, release_held};
use uuid::Uuid;

use crate::test_app::{TestApp, count, empty_outbox, outbox, told};

async fn hold(service: &TestApp, email: &str) -> Uuid {
    let mut held = service.request(email).await;
    held.held = true;
    commands::request_signup(&service.state, held)
        .await
        .expect("accepted, like all others")
        .id
}

#[tokio::test]
async fn a_held_signup_owes_no_mail_until_it_is_released() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    empty_outbox(database.pool()).await;
    let id = hold(&service, "anna@example.com").await;
    assert!(outbox(database.pool()).await.is_empty());
    let listed = list_held(&service.state, None, 10).await.expect("listed");
    assert_eq!(
        (listed.len(), listed[0].id, listed[0].email.expose()),
        (1, id, "anna@example.com")
    );

    assert_eq!(
        release_held(&service.state, id).await.expect("released"),
        Released::Owed
    );
    assert_eq!(outbox(database.pool()).await, [SignupAccepted::TYPE]);
    assert_eq!(told::<SignupAccepted>(database.pool()).await.signup_id, id);
    assert_eq!(
        count(
            database.pool(),
            "select count(*) from signups where delivery = 'owed'"
        )
        .await,
        1
    );
    assert_eq!(
        release_held(&service.state, id).await.expect("asked"),
        Released::NotHeld
    );
    assert!(
        list_held(&service.state, None, 10)
            .await
            .expect("listed")
            .is_empty()
    );
}

#[tokio::test]
async fn a_release_draws_on_the_budget_and_stays_held_without_one() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let id = hold(&service, "anna@example.com").await;
    service.sign_up("anna@example.com").await;
    assert_eq!(
        release_held(&service.state, id).await.expect("asked"),
        Released::OverBudget
    );
    assert_eq!(
        list_held(&service.state, None, 10).await.expect("listed").len(),
        1
    );
}
