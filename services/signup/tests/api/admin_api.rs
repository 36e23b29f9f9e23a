//! The admin API: lists, behind the bearer token.

use reqwest::StatusCode;
use serde_json::Value;

use crate::site::Site;

#[tokio::test]
async fn nobody_reads_a_lead_without_the_token() {
    let site = Site::start().await;
    let answer = site
        .client
        .get(site.served.admin_url("/admin/v1/signup/leads"))
        .send()
        .await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        site.get("/admin/v1/signup/leads").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn leads_come_page_by_page_each_of_them_once() {
    let site = Site::start().await;
    for number in 0..5 {
        site.sign_up("instagram", &format!("visitor-{number}@example.com"), &[])
            .await;
    }
    let mut emails = Vec::new();
    let mut path = "/admin/v1/signup/leads?limit=2".to_owned();
    loop {
        let page: Value = site.get_admin(&path).await.json().await.expect("JSON");
        let items = page["items"].as_array().expect("items");
        emails.extend(
            items
                .iter()
                .map(|lead| lead["email"].as_str().expect("an address").to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/admin/v1/signup/leads?limit=2&cursor={next}");
    }
    emails.sort();
    assert_eq!(
        emails,
        [0, 1, 2, 3, 4].map(|number| format!("visitor-{number}@example.com"))
    );
}

#[tokio::test]
async fn one_lead_is_shown_with_all_that_is_kept_and_an_unknown_one_is_not_found() {
    let site = Site::start().await;
    site.sign_up("instagram", "anna@example.com", &[]).await;
    let page: Value = site
        .get_admin("/admin/v1/signup/leads")
        .await
        .json()
        .await
        .expect("JSON");
    let id = page["items"][0]["person_id"].as_str().expect("an id");
    let lead: Value = site
        .get_admin(&format!("/admin/v1/signup/leads/{id}"))
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(lead["email"], "anna@example.com");
    assert_eq!(lead["signups"][0]["campaign"], "instagram");
    for unknown in ["00000000-0000-8000-8000-000000000000", "anna", "%00"] {
        let answer = site.get_admin(&format!("/admin/v1/signup/leads/{unknown}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn campaigns_and_offers_are_listed_by_name() {
    let site = Site::start().await;
    let campaigns: Value = site
        .get_admin("/admin/v1/signup/campaigns")
        .await
        .json()
        .await
        .expect("JSON");
    insta::assert_json_snapshot!("campaigns", campaigns);
    let offers: Value = site
        .get_admin("/admin/v1/signup/offers")
        .await
        .json()
        .await
        .expect("JSON");
    insta::assert_json_snapshot!("offers", offers, { ".items[].published_at" => "[time]" });
}

#[tokio::test]
async fn a_wrong_limit_or_cursor_is_named() {
    let site = Site::start().await;
    for query in ["limit=0", "limit=501", "limit=x", "cursor=x"] {
        let answer = site.get_admin(&format!("/admin/v1/signup/leads?{query}")).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}
