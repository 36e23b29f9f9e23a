//! What is no longer needed goes, and nothing else.

use signup::commands;
use signup::commands::forget_expired::forget_expired;

use crate::test_app::{TestApp, change, count, with_key};

#[tokio::test]
async fn keys_older_than_48_hours_and_budgets_without_a_mail_today_are_deleted_and_the_others_stay() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    for email in ["anna@example.com", "ben@example.com"] {
        let request = with_key(service.request(email).await, "k", "{}");
        commands::request_signup(&service.state, request)
            .await
            .expect("accepted");
    }
    for statement in [
        "update idempotency_keys set expires_at = now() - interval '1 second'
         where signup_id = (select id from signups order by id limit 1)",
        "update mail_budgets set sent_at = array[now() - interval '25 hours']
         where granted_to = (select id from signups order by id limit 1)",
    ] {
        assert_eq!(change(database.pool(), statement).await, 1);
    }
    forget_expired(&service.state).await.expect("deleted");
    assert_eq!(
        count(database.pool(), "select count(*) from idempotency_keys").await,
        1
    );
    assert_eq!(
        count(database.pool(), "select count(*) from mail_budgets").await,
        1
    );
    assert_eq!(count(database.pool(), "select count(*) from signups").await, 2);
}
