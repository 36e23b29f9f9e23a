//! At most one mail in ten minutes and three in a day to one mailbox, on every way in and across replicas.

use futures_util::future::join_all;
use serde_json::json;
use signup::commands::{self, request_links};
use std::time::Duration;
use telemetry::TraceParent;
use testkit::wait_until;

use crate::site::Site;
use crate::test_app::{TestApp, address, change, count, request};

const OWED: &str = "select count(*) from signups where delivery = 'owed'";
const ELEVEN_MINUTES_LATER: &str = "update mail_budgets set sent_at =
    array(select at - interval '11 minutes' from unnest(sent_at) at)";

/// Catches a budget that is read first and written afterwards, and one that is decided anywhere but on its row.
#[tokio::test]
async fn two_hundred_requests_at_once_to_two_replicas_owe_one_mail() {
    let database = testkit::database("signup").await;
    let replicas = [
        TestApp::without_kafka(&database).await,
        TestApp::without_kafka(&database).await,
    ];
    let campaign = replicas[0].campaign().await;
    crate::test_app::empty_outbox(database.pool()).await;
    let asked = (0..200).map(|n| {
        let email = format!("v.ictim+{n}@gmail.com");
        commands::request_signup(&replicas[n % 2].state, request(campaign.clone(), &email))
    });
    for answer in join_all(asked).await {
        answer.expect("accepted, like all others");
    }
    assert_eq!(count(database.pool(), OWED).await, 1);
    assert_eq!(
        count(
            database.pool(),
            "select count(*) from signups where delivery = 'over_budget'"
        )
        .await,
        199
    );
    assert_eq!(count(database.pool(), "select count(*) from outbox").await, 1);
}

#[tokio::test]
async fn a_mailbox_gets_the_next_mail_after_ten_minutes_and_none_after_three_in_a_day() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    for owed in [1, 2, 3, 3] {
        service.sign_up("anna@example.com").await;
        assert_eq!(count(database.pool(), OWED).await, owed);
        assert_eq!(change(database.pool(), ELEVEN_MINUTES_LATER).await, 1);
    }
    change(
        database.pool(),
        "update mail_budgets set sent_at = array[now() - interval '25 hours']",
    )
    .await;
    service.sign_up("anna@example.com").await;
    assert_eq!(count(database.pool(), OWED).await, 4);
}

#[tokio::test]
async fn a_clock_that_was_wrong_by_a_year_does_not_stop_a_mailbox_for_a_year() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    service.sign_up("anna@example.com").await;
    change(
        database.pool(),
        "update mail_budgets set sent_at = array[now() + interval '400 days']",
    )
    .await;
    service.sign_up("anna@example.com").await;
    assert_eq!(count(database.pool(), OWED).await, 2);
}

#[tokio::test]
async fn asking_for_links_draws_on_the_same_budget_as_signing_up() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    service.sign_up("anna@example.com").await;
    request_links(
        &service.state,
        address("anna@example.com"),
        TraceParent::new_root(),
    )
    .await
    .expect("taken");
    let over = "select count(*) from mail_requests where delivery = 'over_budget'";
    wait_until("the request is decided", Duration::from_secs(5), async || {
        count(database.pool(), over).await == 1
    })
    .await;
    assert_eq!(
        count(
            database.pool(),
            "select count(*) from outbox where event_type like '%links%'"
        )
        .await,
        0
    );
}

/// Catches a way in that forgets the budget, and a budget for each campaign or each way to write an address.
#[tokio::test]
async fn every_way_to_ask_draws_on_one_budget_by_whatever_campaign_and_however_the_address_is_written() {
    let site = Site::start().await;
    assert_eq!(
        site.sign_up("instagram", "anna@gmail.com", &[]).await.status(),
        303
    );
    assert_eq!(
        site.sign_up("youtube", "An.Na+again@googlemail.com", &[])
            .await
            .status(),
        303
    );
    let body = json!({"email": "a.nna+api@gmail.com", "campaign": "linkedin", "consent": {"updates": true}});
    assert_eq!(site.post_json("/v1/signups", &body).await.status(), 202);
    for path in ["/d", "/me"] {
        assert_eq!(
            site.post_form(path, &[("email", "ANNA@gmail.com")])
                .await
                .status(),
            200,
            "{path}"
        );
    }
    let undecided = "mail_requests where delivery = 'asked'";
    wait_until("all requests are decided", Duration::from_secs(10), async || {
        site.count(undecided).await == 0
    })
    .await;
    let mails = "outbox where topic = 'signup.events'";
    assert_eq!(site.count(mails).await, 1);
    assert_eq!(site.count("mail_budgets").await, 1);
}

#[tokio::test]
async fn a_request_that_is_held_leaves_the_budget_alone() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let mut held = service.request("anna@example.com").await;
    held.held = true;
    commands::request_signup(&service.state, held)
        .await
        .expect("accepted, like all others");
    assert_eq!(
        count(database.pool(), "select count(*) from mail_budgets").await,
        0
    );
    service.sign_up("anna@example.com").await;
    assert_eq!(count(database.pool(), OWED).await, 1);
}
