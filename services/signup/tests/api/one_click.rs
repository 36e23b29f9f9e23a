//! The one-click unsubscribe of a mail program, to the letter of RFC 8058.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use web::{Quotas, RateLimits};

use crate::site::Site;

const TOLD: &str = "leadstream.signup.unsubscribed.v1";

/// A site, and the unsubscribe link of a mail, on this machine.
async fn mailed(site: Site) -> (Site, String) {
    site.sign_up("instagram", "anna@example.com", &[("updates", "yes")])
        .await;
    let link = site.mail_links().await.unsubscribe;
    assert!(link.starts_with("https://"), "section 3.1 wants HTTPS");
    let here = site.here(&link);
    (site, here)
}

fn multipart(boundary: &str) -> String {
    format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--{boundary}--\r\n"
    )
}

fn click(site: &Site, link: &str, content_type: &str, body: String) -> RequestBuilder {
    let request = site.client.post(link).header("content-type", content_type);
    request.body(body)
}

/// Answered with a page: no redirect, no cookie, no question for a password.
fn is_done(status: StatusCode, headers: &HeaderMap) -> bool {
    let no = ["location", "refresh", "set-cookie", "www-authenticate"];
    status == StatusCode::OK && no.iter().all(|name| !headers.contains_key(*name))
}

#[tokio::test]
async fn a_click_counts_in_every_way_that_a_form_can_be_written() {
    let (site, link) = mailed(Site::start().await).await;
    let pair = || "List-Unsubscribe=One-Click".to_owned();
    let ways = [
        ("application/x-www-form-urlencoded", pair()),
        ("application/x-www-form-urlencoded; charset=UTF-8", pair()),
        ("Application/X-WWW-Form-UrlEncoded", pair()),
        ("multipart/form-data; boundary=b", multipart("b")),
        ("multipart/form-data; boundary=\"--=_a 1\"", multipart("--=_a 1")),
        ("Multipart/Form-Data; boundary=b; charset=utf-8", multipart("b")),
    ];
    for (done, (content_type, body)) in ways.into_iter().enumerate() {
        let answer = click(&site, &link, content_type, body)
            .send()
            .await
            .expect("an answer");
        assert!(is_done(answer.status(), answer.headers()), "{content_type}");
        let told = site.events(TOLD).await;
        assert_eq!(told.len(), done + 1, "{content_type}");
        assert_eq!(
            told[done]["scope"], "updates",
            "a click says nothing of other mails"
        );
    }
}

#[tokio::test]
async fn cookies_credentials_and_where_a_click_comes_from_do_not_matter() {
    let (site, link) = mailed(Site::start().await).await;
    let body = || "List-Unsubscribe=One-Click".to_owned();
    let plain = || click(&site, &link, "application/x-www-form-urlencoded", body());
    let clicks = [
        plain(),
        plain().header("cookie", "session=stolen"),
        plain().bearer_auth("nothing"),
        plain()
            .header("origin", "https://mail.example")
            .header("referer", "https://mail.example/inbox")
            .header("sec-fetch-site", "cross-site"),
        plain().header("origin", "null"),
    ];
    let mut pages = Vec::new();
    for request in clicks {
        let answer = request.send().await.expect("an answer");
        assert!(is_done(answer.status(), answer.headers()));
        pages.push(answer.text().await.expect("a page"));
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(site.events(TOLD).await.len(), pages.len());
}

#[tokio::test]
async fn opening_the_link_shows_a_button_and_changes_nothing() {
    let (site, link) = mailed(Site::start().await).await;
    for request in [site.client.get(&link), site.client.head(&link)] {
        let answer = request.send().await.expect("an answer");
        assert!(is_done(answer.status(), answer.headers()));
    }
    assert!(site.events(TOLD).await.is_empty());
    assert_eq!(site.count("consents where state = 'withdrawn'").await, 0);
}

#[tokio::test]
async fn who_is_erased_is_still_heard_and_answered_alike() {
    let (site, link) = mailed(Site::start().await).await;
    let body = || "List-Unsubscribe=One-Click".to_owned();
    let plain = || click(&site, &link, "application/x-www-form-urlencoded", body());
    let before = plain().send().await.expect("an answer");
    let before = (before.status(), before.text().await.expect("a page"));
    let anna = contracts::EmailAddress::parse("anna@example.com").expect("an address");
    signup::commands::erase_address(&site.state, &anna)
        .await
        .expect("she is erased");
    assert_eq!(site.count("leads").await, 0);
    let after = plain().send().await.expect("an answer");
    assert_eq!((after.status(), after.text().await.expect("a page")), before);
    let told = site.events(TOLD).await;
    assert!(!told.is_empty(), "she said it after she was erased");
}

/// Fails on a build where `/u` is in a group: one client is a whole mail system here.
#[tokio::test]
async fn no_number_of_clicks_from_one_client_is_too_many() {
    let (site, link) = mailed(Site::limited(RateLimits::new(Quotas::default())).await).await;
    for _ in 0..100 {
        let body = "List-Unsubscribe=One-Click".to_owned();
        let request = click(&site, &link, "application/x-www-form-urlencoded", body);
        assert_eq!(request.send().await.expect("an answer").status(), StatusCode::OK);
    }
    assert_eq!(
        site.count("consents where state = 'withdrawn' and method = 'one_click'")
            .await,
        1,
        "said once"
    );
}
