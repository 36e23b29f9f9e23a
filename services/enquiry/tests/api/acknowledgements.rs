use futures_util::future::join_all;
use serde_json::json;

use crate::test_app::{TestApp, question};

const OWED: &str = "select count(*) from enquiries where acknowledge";
const ALL: &str = "select count(*) from outbox";

async fn ask_as(app: &TestApp, email: &str) {
    let mut body = question();
    body["email"] = json!(email);
    assert_eq!(app.ask(&body).await.status(), 202);
}

#[tokio::test]
async fn a_mailbox_gets_one_acknowledgement_in_ten_minutes_and_the_team_gets_every_question() {
    let app = TestApp::start().await;
    for email in ["anna@gmail.com", "a.n.n.a+x@googlemail.com", "Anna+2@Gmail.com"] {
        ask_as(&app, email).await;
    }
    ask_as(&app, "bert@gmail.com").await;
    assert_eq!(app.count(OWED).await, 2);
    assert_eq!(app.count(ALL).await, 4);
    let not_acknowledged = "select count(*) from outbox
        where convert_from(payload, 'utf8')::json ->> 'acknowledge' = 'false'";
    assert_eq!(app.count(not_acknowledged).await, 2);
}

#[tokio::test]
async fn a_mailbox_gets_three_acknowledgements_a_day() {
    let app = TestApp::start().await;
    for expected in [1, 2, 3, 3, 3] {
        ask_as(&app, "anna@example.com").await;
        assert_eq!(app.count(OWED).await, expected);
        let older = "update mail_budgets set sent_at =
            (select array_agg(at - interval '11 minutes') from unnest(sent_at) as at)";
        app.execute(older).await;
    }
    app.execute("update mail_budgets set sent_at[1] = now() - interval '24 hours 1 second'")
        .await;
    ask_as(&app, "anna@example.com").await;
    assert_eq!(app.count(OWED).await, 4);
}

#[tokio::test]
async fn a_clock_that_was_wrong_by_a_year_does_not_stop_a_mailbox_for_a_year() {
    let app = TestApp::start().await;
    ask_as(&app, "anna@example.com").await;
    app.execute("update mail_budgets set sent_at = array[now() + interval '400 days']")
        .await;
    ask_as(&app, "anna@example.com").await;
    assert_eq!(app.count(OWED).await, 2);
}

#[tokio::test]
async fn parallel_questions_to_one_mailbox_owe_one_acknowledgement() {
    let app = TestApp::start().await;
    let emails: Vec<_> = (0..20).map(|n| format!("anna+{n}@example.com")).collect();
    join_all(emails.iter().map(|email| ask_as(&app, email))).await;
    assert_eq!(app.count(OWED).await, 1);
    assert_eq!(app.count(ALL).await, 20);
}
