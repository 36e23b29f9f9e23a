use serde_json::json;

use crate::test_app::{TestApp, answered, id_of, json_of, question};

const PATH: &str = "/admin/v1/enquiry/enquiries";

#[tokio::test]
async fn nobody_lists_enquiries_without_the_token_or_on_the_public_port() {
    let app = TestApp::start().await;
    assert_eq!(app.get(PATH).await.status(), 404);
    let without_token = reqwest::Client::new().get(app.get_admin(PATH).await.url().clone());
    assert_eq!(answered(without_token).await.status(), 401);
}

#[tokio::test]
async fn enquiries_are_listed_newest_first_page_by_page() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let mut body = question();
        body["message"] = json!(format!("Question {number}"));
        ids.push(id_of(&json_of(app.ask(&body).await).await).to_string());
    }
    ids.reverse();
    let mut listed = Vec::new();
    let mut path = format!("{PATH}?limit=2");
    for expected in [2, 2, 1] {
        let page = json_of(app.get_admin(&path).await).await;
        let items = page["items"].as_array().expect("items");
        assert_eq!(items.len(), expected);
        listed.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().expect("an id").to_owned()),
        );
        path = format!(
            "{PATH}?limit=2&cursor={}",
            page["next_cursor"].as_str().unwrap_or_default()
        );
    }
    assert!(path.ends_with("cursor="), "the last page has no next one");
    assert_eq!(listed, ids);
}

#[tokio::test]
async fn one_enquiry_is_shown_with_what_is_known_of_its_mails() {
    let app = TestApp::start().await;
    let id = id_of(&json_of(app.ask(&question()).await).await);
    app.execute("insert into mails select id, 'team', 0, 2, 'accepted', 250, now() from enquiries")
        .await;
    let shown = json_of(app.get_admin(&format!("{PATH}/{id}")).await).await;
    assert_eq!(shown["email"], "anna@example.com");
    assert_eq!(shown["message"], "Is there a group discount?");
    assert_eq!(
        (&shown["status"], &shown["delivery"]),
        (&json!("new"), &json!("owed"))
    );
    assert_eq!(shown["mails"][0]["state"], "accepted");
    assert_eq!(shown["mails"][0]["purpose"], "team");
    for unknown in [uuid::Uuid::now_v7().to_string(), "1".to_owned(), "%00".to_owned()] {
        assert_eq!(
            app.get_admin(&format!("{PATH}/{unknown}")).await.status(),
            404,
            "{unknown}"
        );
    }
}

#[tokio::test]
async fn a_limit_or_a_cursor_that_is_none_is_refused() {
    let app = TestApp::start().await;
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=-1",
        "cursor=x",
        "cursor=%00",
    ] {
        assert_eq!(
            app.get_admin(&format!("{PATH}?{query}")).await.status(),
            422,
            "{query}"
        );
    }
}
