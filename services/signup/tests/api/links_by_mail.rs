//! Fresh links and one's own data, asked for with an address.

use std::time::Duration;

use contracts::signup::{LinksRequested, MyDataRequested};
use signup::commands::prepare_mail::prepare_left_behind;
use signup::commands::{record_download, request_links, request_my_data, show_my_data};
use signup::domain::fetcher::Fetcher;
use signup::error::Answer;
use sqlx::PgPool;
use telemetry::TraceParent;
use testkit::{TestDatabase, wait_until};

use crate::test_app::{TestApp, address, change, count, empty_outbox, token, told};

const UNDECIDED: &str = "select count(*) from mail_requests where delivery = 'asked'";

async fn decided(pool: &PgPool) {
    wait_until("all requests are decided", Duration::from_secs(5), async || {
        count(pool, UNDECIDED).await == 0
    })
    .await;
}

/// A service with a lead whose budget allows another mail.
async fn with_lead(database: &TestDatabase) -> TestApp {
    let service = TestApp::without_kafka(database).await;
    service.sign_up("anna@example.com").await;
    change(database.pool(), "delete from mail_budgets").await;
    empty_outbox(database.pool()).await;
    service
}

#[tokio::test]
async fn fresh_links_lead_to_what_the_address_owns() {
    let database = testkit::database("signup").await;
    let service = with_lead(&database).await;
    request_links(
        &service.state,
        address("ANNA@example.com"),
        TraceParent::new_root(),
    )
    .await
    .expect("taken");
    decided(database.pool()).await;
    let told: LinksRequested = told(database.pool()).await;
    assert_eq!(told.downloads.len(), 1);
    assert_eq!(told.downloads[0].title, "System Design Cheat Sheet");
    let file = record_download(&service.state, token(&told.downloads[0].url), Fetcher::Person)
        .await
        .expect("a file");
    assert_eq!(file.name, "cheat-sheet.pdf");
    assert_eq!(
        count(
            database.pool(),
            "select count(*) from downloads where fetcher = 'person'"
        )
        .await,
        1
    );
}

#[tokio::test]
async fn an_address_that_owns_nothing_is_not_mailed_and_not_kept() {
    let database = testkit::database("signup").await;
    let service = with_lead(&database).await;
    request_links(
        &service.state,
        address("ben@example.com"),
        TraceParent::new_root(),
    )
    .await
    .expect("taken, too");
    decided(database.pool()).await;
    assert_eq!(
        count(database.pool(), "select count(*) from mail_requests").await,
        0
    );
    assert_eq!(count(database.pool(), "select count(*) from outbox").await, 0);
    assert_eq!(
        count(database.pool(), "select count(*) from mail_budgets").await,
        0
    );
}

#[tokio::test]
async fn a_request_that_was_left_behind_is_decided_by_the_next_look() {
    let database = testkit::database("signup").await;
    let service = with_lead(&database).await;
    request_links(
        &service.state,
        address("anna@example.com"),
        TraceParent::new_root(),
    )
    .await
    .expect("taken");
    decided(database.pool()).await;
    empty_outbox(database.pool()).await;
    change(database.pool(), "delete from mail_budgets").await;
    let left =
        "update mail_requests set delivery = 'asked', next_republish_at = now() - interval '6 seconds'";
    change(database.pool(), left).await;
    prepare_left_behind(&service.state).await.expect("looked");
    told::<LinksRequested>(database.pool()).await;
}

#[tokio::test]
async fn the_link_to_my_data_shows_all_of_it_for_an_hour() {
    let database = testkit::database("signup").await;
    let service = with_lead(&database).await;
    request_my_data(
        &service.state,
        address("anna@example.com"),
        TraceParent::new_root(),
    )
    .await
    .expect("taken");
    decided(database.pool()).await;
    let told: MyDataRequested = told(database.pool()).await;
    let data = show_my_data(&service.state, token(&told.link))
        .await
        .expect("it works")
        .expect("a lead");
    assert_eq!(
        (data.email.as_str(), data.name.as_deref()),
        ("anna@example.com", Some("Zoë Quietname"))
    );
    assert_eq!((data.signups.len(), data.consents.len()), (1, 1));
    assert_eq!(data.signups[0].touch.click_id.as_deref(), Some("IwAR0clickid"));

    let old = service
        .state
        .rules
        .links
        .my_data(told.person_id, told.requested_at - Duration::from_secs(3601));
    let refused = show_my_data(&service.state, token(&old)).await;
    assert_eq!(
        refused.expect_err("an hour has passed").answer(),
        Answer::DeadLink
    );
}

#[tokio::test]
async fn a_download_link_is_never_used_up_and_gives_the_newest_file() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    let id = service.sign_up("anna@example.com").await;
    let mut changed = crate::test_app::offer();
    changed.file.bytes = b"%PDF-1.7 second edition".to_vec();
    signup::commands::apply_offer(&service.state, changed)
        .await
        .expect("applied");
    let link = service
        .state
        .rules
        .links
        .download(id, time::OffsetDateTime::now_utc());
    for fetcher in [Fetcher::Scanner, Fetcher::Person, Fetcher::Person] {
        let file = record_download(&service.state, token(&link), fetcher)
            .await
            .expect("a file");
        assert_eq!(file.bytes, b"%PDF-1.7 second edition");
    }
    assert_eq!(
        count(
            database.pool(),
            "select count(*) from downloads where fetcher = 'person'"
        )
        .await,
        2
    );
    let of_nobody = service
        .state
        .rules
        .links
        .download(uuid::Uuid::now_v7(), time::OffsetDateTime::now_utc());
    let refused = record_download(&service.state, token(&of_nobody), Fetcher::Person).await;
    assert_eq!(refused.expect_err("no such signup").answer(), Answer::DeadLink);
}
