//! The page that visitors land on.

use reqwest::StatusCode;
use signup::commands;
use signup::domain::offer_folder;

use crate::site::{Site, offer_dir};

/// Bytes of a page with everything in it: what a connection sends before it waits for the first acknowledgement.
const PAGE_MAX: usize = 14 * 1024;

#[tokio::test]
async fn each_campaign_greets_its_channel_and_offers_the_cheat_sheet() {
    let site = Site::start().await;
    for (campaign, greeting) in [
        ("instagram", "Hi Instagram Fam!"),
        ("linkedin", "Hello LinkedIn!"),
        ("youtube", "Hey YouTube!"),
    ] {
        let answer = site.get(&format!("/c/{campaign}")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let page = answer.text().await.expect("a page");
        assert!(page.contains(greeting), "{page}");
        assert!(page.contains("Get a FREE Cheat Sheet on System Design"));
    }
}

#[tokio::test]
async fn the_page_is_small_with_the_longest_texts_and_a_long_query() {
    let site = Site::start().await;
    let mut offer = offer_folder::read(&offer_dir()).expect("the tests' offer is right");
    let page = &mut offer.content.page;
    (page.headline, page.promise, page.button) = ("h ".repeat(60), "l ".repeat(200), "b ".repeat(20));
    page.points = vec!["point ".repeat(33); 10];
    (offer.content.consent.delivery, offer.content.consent.updates) = ("d ".repeat(200), "u ".repeat(150));
    offer.campaigns[0].greeting = "g ".repeat(40);
    commands::apply_offer(&site.state, offer)
        .await
        .expect("the offer is stored");
    let value = "long-value-".repeat(40);
    let names = ["source", "medium", "campaign", "term", "content"];
    let query: String = names.map(|name| format!("utm_{name}={value}&")).concat();
    let page = site
        .get(&format!("/c/instagram?{query}gclid={value}"))
        .await
        .text()
        .await
        .expect("a page");
    assert!(page.len() < PAGE_MAX, "{} bytes", page.len());
}

#[tokio::test]
async fn the_page_needs_nothing_else_to_look_as_it_should() {
    let site = Site::start().await;
    let page = site.get("/c/instagram").await.text().await.expect("a page");
    for loaded in [
        "<script",
        "rel=\"stylesheet\"",
        "<img",
        "@import",
        "url(",
        " style=",
        " onload",
        " onclick",
    ] {
        assert!(!page.contains(loaded), "{loaded} in {page}");
    }
}

#[tokio::test]
async fn the_policy_lets_nothing_in_and_frames_only_where_the_campaign_allows_it() {
    let site = Site::start().await;
    let policy = async |path: &str| {
        let answer = site.get(path).await;
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert!(!headers.contains_key("set-cookie"));
        headers["content-security-policy"]
            .to_str()
            .expect("text")
            .to_owned()
    };
    let usual = policy("/c/instagram").await;
    assert!(
        usual.starts_with("default-src 'none'; style-src 'sha256-"),
        "{usual}"
    );
    for part in [
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(usual.contains(part), "{part} in {usual}");
    }
    assert!(!usual.contains("unsafe"));
    assert!(
        policy("/c/linkedin")
            .await
            .ends_with("frame-ancestors https://course.example")
    );
    assert!(policy("/me").await.ends_with("frame-ancestors 'none'"));
}

#[tokio::test]
async fn the_style_s_sum_in_the_policy_is_that_of_the_style_in_the_page() {
    use data_encoding::BASE64;
    use sha2::{Digest, Sha256};
    let site = Site::start().await;
    let answer = site.get("/c/instagram").await;
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .expect("text")
        .to_owned();
    let page = answer.text().await.expect("a page");
    let style = page
        .split_once("<style>")
        .expect("a style")
        .1
        .split_once("</style>")
        .expect("its end")
        .0;
    assert!(
        policy.contains(&BASE64.encode(&Sha256::digest(style))),
        "{policy}"
    );
}

#[tokio::test]
async fn the_box_for_updates_starts_unticked_and_the_wording_is_the_offer_s() {
    let site = Site::start().await;
    let page = site.get("/c/instagram").await.text().await.expect("a page");
    assert!(
        page.contains("<input type=\"checkbox\" name=\"updates\" value=\"yes\">"),
        "{page}"
    );
    assert!(page.contains("Also mail me an update when there is a new cheat sheet, about once a month."));
    assert!(page.contains("We use your address to mail you this cheat sheet, and for nothing else."));
    assert!(page.contains("<a href=\"https://course.example/privacy\">"));
}

#[tokio::test]
async fn what_the_link_said_travels_in_the_form_and_cannot_break_out_of_it() {
    let site = Site::start().await;
    let query = "utm_source=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&utm_medium=%00%ff%E2%80%AE&utm_campaign=Spring\
                 &utm_campaign=second&fbclid=IwAR&=&&%&a=%zz&stamp=mine&email=planted%40example.com";
    let request = site.client.get(site.url(&format!("/c/instagram?{query}")));
    let answer = request
        .header("referer", "https://l.instagram.com/?u=secret")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.expect("a page");
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("name=\"utm_campaign\" value=\"spring\""), "{page}");
    assert!(page.contains("name=\"fbclid\" value=\"IwAR\""));
    assert!(page.contains("name=\"referrer\" value=\"https://l.instagram.com/\""));
    assert!(!page.contains("secret") && !page.contains("planted") && !page.contains("second"));
}

#[tokio::test]
async fn a_head_request_has_the_headers_of_the_page_and_no_body() {
    let site = Site::start().await;
    let answer = site
        .client
        .head(site.url("/c/instagram"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().contains_key("content-security-policy"));
    assert_eq!(answer.bytes().await.expect("no body").len(), 0);
}

#[tokio::test]
async fn a_campaign_that_does_not_exist_has_a_kind_page_and_its_case_does_not_matter() {
    let site = Site::start().await;
    for path in [
        "/c/tiktok",
        "/c/tiktok/thanks",
        "/c/..%2f..%2fetc",
        "/c/%00",
        "/c/%ff",
        "/c/a%20b",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(
            answer
                .text()
                .await
                .expect("a page")
                .contains("There is nothing here"),
            "{path}"
        );
    }
    assert_eq!(site.get("/c/Instagram").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_thanks_page_says_what_happens_next() {
    let site = Site::start().await;
    let page = site
        .get("/c/instagram/thanks")
        .await
        .text()
        .await
        .expect("a page");
    assert!(
        page.contains("Your cheat sheet is on its way.") && page.contains("What happens next"),
        "{page}"
    );
    assert!(page.contains("https://learn.example/contact"));
}

#[tokio::test]
async fn the_icon_may_be_kept_for_ever_under_its_name() {
    let site = Site::start().await;
    let page = site.get("/me").await.text().await.expect("a page");
    let icon = page
        .split_once("rel=\"icon\" href=\"")
        .expect("an icon")
        .1
        .split_once('"')
        .expect("its end")
        .0;
    let answer = site.get(icon).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "image/svg+xml");
    assert!(
        answer.headers()["cache-control"]
            .to_str()
            .expect("text")
            .contains("immutable")
    );
    assert_eq!(
        site.get("/static/signup/..%2f..%2fCargo.toml").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn visits_of_people_are_counted_and_those_of_programs_are_not() {
    let site = Site::start().await;
    let browser =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Instagram 350.0";
    for agent in [browser, "facebookexternalhit/1.1"] {
        let request = site
            .client
            .get(site.url("/c/instagram"))
            .header("user-agent", agent);
        assert_eq!(request.send().await.expect("an answer").status(), StatusCode::OK);
    }
    let metrics = site
        .client
        .get(site.served.admin_url("/metrics"))
        .send()
        .await
        .expect("an answer");
    let metrics = metrics.text().await.expect("metrics");
    let line = metrics
        .lines()
        .find(|line| line.contains("step=\"visit\""))
        .expect("visits are counted");
    assert!(
        line.contains("campaign=\"instagram\"") && line.ends_with(" 1"),
        "{line}"
    );
}
