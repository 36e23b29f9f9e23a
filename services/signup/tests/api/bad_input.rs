//! What strangers type and send, in every field and at every entrance that takes it.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use testkit::hostile::{ADDRESSES_REFUSED, ADDRESSES_TAKEN, NAMES_REFUSED, NAMES_TAKEN, json_bodies};

use crate::site::Site;

const ACCEPTED: &str = "leadstream.signup.accepted.v1";

async fn by_api(site: &Site, email: &str, name: Option<&str>) -> Response {
    let mut body = json!({"email": email, "campaign": "youtube", "consent": {"updates": false}});
    if let Some(name) = name {
        body["name"] = json!(name);
    }
    site.post_json("/v1/signups", &body).await
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused_with_a_problem() {
    let site = Site::start().await;
    let before = site.database.contents().await;
    for body in json_bodies() {
        let request = site.client.post(site.url("/v1/signups"));
        let request = request.header(CONTENT_TYPE, body.media_type).body(body.bytes);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        assert!(body.statuses.contains(&status), "{}: {status}", body.what);
        assert_eq!(
            answer.headers()[CONTENT_TYPE],
            "application/problem+json",
            "{}",
            body.what
        );
        let problem: Value = answer.json().await.expect("JSON");
        assert_eq!(problem["status"], status, "{}", body.what);
    }
    assert_eq!(site.database.contents().await, before);
}

#[tokio::test]
async fn what_is_no_address_is_refused_at_every_entrance_and_leaves_nothing() {
    let site = Site::start().await;
    let before = site.database.contents().await;
    let too_long = [
        "a".repeat(65) + "@example.com",
        "a@".to_owned() + &"b.".repeat(200) + "example",
    ];
    let addresses = ADDRESSES_REFUSED
        .into_iter()
        .chain(too_long.iter().map(String::as_str));
    for address in addresses {
        let refused = by_api(&site, address, None).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{address:?}");
        let problem: Value = refused.json().await.expect("a problem");
        assert_eq!(problem["errors"][0]["pointer"], "/email", "{address:?}");
        let by_form = site.sign_up("instagram", address, &[]).await;
        assert_eq!(by_form.status(), StatusCode::UNPROCESSABLE_ENTITY, "{address:?}");
        for path in ["/d", "/me"] {
            let asked = site.post_form(path, &[("email", address)]).await;
            assert_eq!(
                asked.status(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path} {address:?}"
            );
        }
    }
    assert_eq!(site.database.contents().await, before);
}

#[tokio::test]
async fn an_address_that_is_only_odd_is_taken_at_every_entrance() {
    let site = Site::start().await;
    for address in ADDRESSES_TAKEN {
        assert_eq!(
            by_api(&site, address, None).await.status(),
            StatusCode::ACCEPTED,
            "{address:?}"
        );
        let by_form = site.sign_up("instagram", address, &[]).await;
        assert_eq!(by_form.status(), StatusCode::SEE_OTHER, "{address:?}");
        for path in ["/d", "/me"] {
            let asked = site.post_form(path, &[("email", address)]).await;
            assert_eq!(asked.status(), StatusCode::OK, "{path} {address:?}");
        }
    }
}

#[tokio::test]
async fn a_name_that_would_harm_a_mail_is_refused_and_one_that_is_only_odd_is_kept_composed() {
    let site = Site::start().await;
    let long = [
        "x".repeat(65),
        "👩‍🚀".repeat(65),
        format!("a{}", "\u{301}".repeat(500)),
        "x".repeat(10_000),
    ];
    for name in NAMES_REFUSED.into_iter().chain(long.iter().map(String::as_str)) {
        let refused = by_api(&site, "anna@example.com", Some(name)).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
        let problem: Value = refused.json().await.expect("a problem");
        assert_eq!(problem["errors"][0]["pointer"], "/name", "{name:?}");
    }
    assert_eq!(site.count("signups").await, 0);
    for (number, name) in NAMES_TAKEN.into_iter().enumerate() {
        let email = format!("visitor-{number}@example.com");
        assert_eq!(
            by_api(&site, &email, Some(name)).await.status(),
            StatusCode::ACCEPTED,
            "{name:?}"
        );
        let told = site.events(ACCEPTED).await.pop().expect("it is owed a mail");
        assert_eq!(told["name"], name.replace("e\u{308}", "ë"));
    }
}

/// A link that is dead, or of another kind, is as dead for a button as it is for a look.
#[tokio::test]
async fn a_button_behind_a_link_that_does_not_work_does_nothing_and_says_nothing() {
    let site = Site::start().await;
    site.sign_up("instagram", "anna@example.com", &[("updates", "yes")])
        .await;
    let links = site.mail_links().await;
    let token = |link: &str| link.rsplit('/').next().expect("a token").to_owned();
    let (download, unsubscribe) = (token(&links.download), token(&links.unsubscribe));
    let confirm = token(&links.confirm.expect("the box was ticked"));
    let before = site.database.contents().await;
    let mut pages = Vec::new();
    for path in [
        "/u/none".to_owned(),
        format!("/u/{download}"),
        format!("/u/{confirm}"),
        format!("/confirm/{download}"),
        format!("/confirm/{unsubscribe}"),
        format!("/me/{unsubscribe}"),
        format!("/me/{download}"),
        format!("/u/{}", &unsubscribe[..unsubscribe.len() - 1]),
        format!("/u/{unsubscribe}A"),
    ] {
        for fields in [
            [("scope", "everything")],
            [("do", "erase-for-good")],
            [("List-Unsubscribe", "One-Click")],
        ] {
            let answer = site.post_form(&path, &fields).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path} {fields:?}");
            pages.push(answer.text().await.expect("a page"));
        }
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(site.database.contents().await, before);
}

#[tokio::test]
async fn only_its_own_word_erases_whatever_else_a_button_says() {
    let site = Site::start().await;
    site.sign_up("instagram", "anna@example.com", &[]).await;
    let event = site.events(ACCEPTED).await.remove(0);
    let person = event["person_id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a UUID");
    let now = time::OffsetDateTime::now_utc();
    let link = site.state.rules.links.my_data(contracts::PersonId(person), now);
    let path = link
        .strip_prefix(crate::site::PUBLIC_URL)
        .expect("a link of ours");
    for word in [
        "",
        "ERASE-FOR-GOOD",
        " erase-for-good",
        "erase-for-good\0x",
        "erase",
        "delete",
        "{{erase-for-good}}",
    ] {
        let answer = site
            .post_form(path, &[("do", word), ("do", "erase-for-good")])
            .await;
        assert_eq!(answer.status(), StatusCode::OK, "{word:?}");
        assert_eq!(site.count("leads").await, 1, "{word:?}");
    }
}

#[tokio::test]
async fn links_and_redirects_lead_to_the_public_address_whatever_a_request_says() {
    let site = Site::start().await;
    let evil = || HeaderValue::from_static("evil.example");
    let headers: HeaderMap = ["host", "x-forwarded-host", "x-host", "x-original-host"]
        .into_iter()
        .map(|name| (reqwest::header::HeaderName::from_static(name), evil()))
        .collect();
    let stamp = crate::site::stamp_of_age("instagram", std::time::Duration::from_secs(5));
    let form = [
        ("email", "anna@example.com"),
        ("stamp", &stamp),
        ("next", "//evil.example"),
        ("updates", "yes"),
    ];
    let url = site.url("/c/instagram?next=//evil.example&return_to=https://evil.example");
    let taken = site
        .client
        .post(url)
        .headers(headers.clone())
        .form(&form)
        .send()
        .await
        .expect("an answer");
    assert_eq!(taken.headers()[LOCATION], "/c/instagram/thanks");
    for path in ["/d", "/me"] {
        let request = site.client.post(site.url(path)).headers(headers.clone());
        request
            .form(&[("email", "bert@example.com"), ("next", "//evil.example")])
            .send()
            .await
            .expect("an answer");
    }
    let told = site.events(ACCEPTED).await;
    assert_eq!(told.len(), 1);
    assert!(!told[0].to_string().contains("evil.example"), "{}", told[0]);
}
