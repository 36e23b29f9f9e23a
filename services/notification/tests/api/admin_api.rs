use contracts::notification::State;
use contracts::offer::DeliveryMode;
use serde_json::Value;

use crate::samples::{accepted, asked, enquiry, signup};
use crate::test_app::TestApp;

const PATH: &str = "/admin/v1/notification/notifications";

async fn page(app: &TestApp, query: &str) -> Value {
    let answer = app.get_admin(&format!("{PATH}{query}")).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("items")
}

#[tokio::test]
async fn the_ledger_is_listed_page_by_page_without_whom_mails_go_to() {
    let app = TestApp::start_with_offer(DeliveryMode::Link).await;
    let enquiry = enquiry("berta@example.com");
    app.publish(
        (0..3)
            .map(|i| accepted(&signup(&format!("lead{i}@example.com"))))
            .collect(),
    )
    .await;
    app.publish(vec![asked(&enquiry)]).await;
    app.wait_for_count(5, "select count(*) from notifications where state = 'accepted'")
        .await;

    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = page(&app, &query).await;
        assert!(!page.to_string().contains("example.com"));
        seen.extend(items(&page).iter().map(|item| item["id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    seen.dedup();
    assert_eq!(seen.len(), 5, "none comes twice");

    let of_enquiry = page(&app, &format!("?request_id={}", enquiry.enquiry_id)).await;
    let mut purposes: Vec<_> = items(&of_enquiry)
        .iter()
        .map(|item| item["purpose"].as_str())
        .collect();
    purposes.sort_unstable();
    assert_eq!(purposes, [Some("ack"), Some("team")]);
    assert_eq!(items(&page(&app, "?state=failed").await).len(), 0);
    assert_eq!(items(&page(&app, "?state=accepted").await).len(), 5);
    assert_eq!(items(&page(&app, "?class=team").await).len(), 1);
    let of_person = page(&app, &format!("?person_id={}", enquiry.person_id)).await;
    assert_eq!(items(&of_person).len(), 2);
}

#[tokio::test]
async fn an_event_is_found_by_its_id() {
    let app = TestApp::start().await;
    let signup = signup("anna@example.com");
    let event = accepted(&signup);
    app.publish(vec![event.clone()]).await;
    app.told(signup.signup_id, State::WaitingForOffer).await;
    let found = page(&app, &format!("?event_id={}", event.id)).await;
    assert_eq!(items(&found)[0]["state"], "waiting_for_offer");
    assert_eq!(items(&found)[0]["class"], "delivery");
}

#[tokio::test]
async fn a_parameter_that_makes_no_sense_is_named() {
    let app = TestApp::start().await;
    for (query, name) in [
        ("?limit=0", "limit"),
        ("?limit=x", "limit"),
        ("?limit=501", "limit"),
        ("?cursor=x", "cursor"),
        ("?request_id=1", "request_id"),
        ("?event_id=1", "event_id"),
        ("?state=lost", "state"),
    ] {
        let answer = app.get_admin(&format!("{PATH}{query}")).await;
        assert_eq!(answer.status(), 422, "{query}");
        let problem: Value = answer.json().await.expect("a problem");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{name}"), "{problem}");
    }
}
