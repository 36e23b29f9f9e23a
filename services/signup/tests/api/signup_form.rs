//! The form of the landing page.

use std::time::Duration;

use postgres::DatabaseConfig;
use reqwest::StatusCode;
use testkit::{Fault, FaultProxy, wait_until};
use web::{Quotas, RateLimits};

use crate::site::{Site, stamp_of_age};

const LONG_ENOUGH: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_visitor_who_types_an_address_is_thanked_and_owed_the_mail() {
    let site = Site::start().await;
    let answer = site.sign_up("instagram", "Anna@Example.com", &[]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/c/instagram/thanks");
    let events = site.events("leadstream.signup.accepted.v1").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["email"], "Anna@example.com");
    assert_eq!(events[0]["greeting"], "Hi Instagram Fam!");
    assert!(events[0].get("confirm").is_none(), "the box was not ticked");
}

#[tokio::test]
async fn a_wrong_address_brings_the_form_back_with_all_that_was_typed() {
    let site = Site::start().await;
    let typed = "anna@@example\"><b>";
    let answer = site
        .sign_up("instagram", typed, &[("updates", "yes"), ("utm_source", "ig")])
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("<title>Error: "), "{page}");
    assert!(
        page.contains("value=\"anna@@example&#34;&#62;&#60;b&#62;\""),
        "{page}"
    );
    assert!(page.contains("aria-invalid=\"true\"") && page.contains("aria-describedby=\"email-error hint\""));
    assert!(page.contains("An email address has one @ sign"));
    assert!(page.contains("value=\"yes\" checked"));
    assert!(page.contains("name=\"utm_source\" value=\"ig\""));
    assert_eq!(site.count("signups").await, 0);
}

#[tokio::test]
async fn a_form_sent_too_fast_or_too_late_comes_back_with_one_more_press_to_do() {
    let site = Site::start().await;
    let day = Duration::from_secs(24 * 3600);
    for stamp in [
        stamp_of_age("instagram", Duration::ZERO),
        stamp_of_age("instagram", day + LONG_ENOUGH),
        stamp_of_age("linkedin", LONG_ENOUGH),
        "forged".to_owned(),
        String::new(),
    ] {
        let fields = [
            ("email", "anna@example.com"),
            ("updates", "yes"),
            ("stamp", stamp.as_str()),
        ];
        let answer = site.post_form("/c/instagram", &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{stamp}");
        let page = answer.text().await.expect("a page");
        assert!(
            page.contains("Please press the button once more."),
            "{stamp}: {page}"
        );
        assert!(page.contains("value=\"anna@example.com\"") && page.contains("value=\"yes\" checked"));
    }
    assert_eq!(site.count("signups").await, 0);
}

#[tokio::test]
async fn a_form_sent_too_fast_is_taken_at_the_second_press() {
    let site = Site::start().await;
    let stamp = stamp_of_age("instagram", Duration::ZERO);
    let answer = site
        .post_form(
            "/c/instagram",
            &[("email", "anna@example.com"), ("stamp", &stamp)],
        )
        .await;
    let page = answer.text().await.expect("a page");
    let (_, rest) = page
        .split_once("name=\"stamp\" value=\"")
        .expect("a stamp in the form");
    let stamp = rest.split('"').next().expect("its end");
    let again = site
        .post_form("/c/instagram", &[("email", "anna@example.com"), ("stamp", stamp)])
        .await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_filled_honeypot_is_answered_alike_stored_and_not_mailed() {
    let site = Site::start().await;
    let person = site.sign_up("instagram", "anna@example.com", &[]).await;
    let robot = site
        .sign_up(
            "instagram",
            "bot@example.com",
            &[("website", "https://spam.example")],
        )
        .await;
    assert_eq!(robot.status(), person.status());
    assert_eq!(robot.headers()["location"], person.headers()["location"]);
    assert_eq!(site.count("signups where delivery = 'held'").await, 1);
    assert_eq!(site.events("leadstream.signup.accepted.v1").await.len(), 1);
}

#[tokio::test]
async fn where_the_visitor_came_from_is_stored_with_its_channel() {
    let site = Site::start().await;
    let touch = [
        ("utm_source", "IG"),
        ("utm_medium", "Paid_Social"),
        ("utm_campaign", "Spring"),
        ("fbclid", "IwAR0"),
    ];
    site.sign_up("youtube", "anna@example.com", &touch).await;
    site.sign_up(
        "youtube",
        "bert@example.com",
        &[("referrer", "https://www.google.com/")],
    )
    .await;
    site.sign_up("instagram", "carl@example.com", &[]).await;
    let touches = site.events("leadstream.signup.accepted.v1").await;
    let touches: Vec<_> = touches.iter().map(|event| event["touch"].clone()).collect();
    insta::assert_json_snapshot!("touches", touches);
    assert_eq!(
        site.count("touches where click_id = 'IwAR0' and landing_page = '/c/youtube'")
            .await,
        1
    );
}

#[tokio::test]
async fn the_consent_keeps_what_was_shown_and_updates_wait_for_their_confirmation() {
    let site = Site::start().await;
    site.sign_up("instagram", "anna@example.com", &[("updates", "yes")])
        .await;
    assert_eq!(
        site.count("consents where purpose = 'delivery' and state = 'given'")
            .await,
        1
    );
    let pending = "consents where purpose = 'updates' and state = 'pending' and wording_version = '2026-11' \
                   and method = 'form' and page = '/c/instagram'";
    assert_eq!(site.count(pending).await, 1);
    assert!(site.mail_links().await.confirm.is_some());
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused_without_a_server_error() {
    let site = Site::start().await;
    let url = site.url("/c/instagram");
    let sent = site
        .client
        .post(&url)
        .header("content-type", "application/json")
        .body("{}")
        .send();
    assert_eq!(
        sent.await.expect("an answer").status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let sent = site.client.post(&url).body(vec![b'x'; 40_000]).send();
    assert_eq!(
        sent.await.expect("an answer").status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let form = "application/x-www-form-urlencoded";
    for body in [
        &b"\xff\xfe=%ff%00&email=%00a"[..],
        b"",
        b"&&&===",
        b"email[]=a&email=b@example.com",
    ] {
        let sent = site
            .client
            .post(&url)
            .header("content-type", form)
            .body(body.to_vec())
            .send();
        assert_eq!(
            sent.await.expect("an answer").status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body:?}"
        );
    }
}

/// Catches a page that answers a lost database with an error page: what was typed would be gone.
#[tokio::test]
async fn while_postgres_is_away_the_form_comes_back_with_what_was_typed_and_works_again_afterwards() {
    let mut proxy = None;
    let site = Site::behind(|database| {
        let through = proxy.insert(FaultProxy::start(database.upstream()));
        DatabaseConfig {
            url: database.url_through(through).into(),
            ..database.config("signup")
        }
    })
    .await;
    let proxy = proxy.expect("started");
    assert_eq!(site.get("/c/instagram").await.status(), StatusCode::OK);

    proxy.set(Fault::Refuse).await;
    let answer = site
        .sign_up(
            "instagram",
            "anna@example.com",
            &[("updates", "yes"), ("utm_source", "ig")],
        )
        .await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "2");
    let page = answer.text().await.expect("a page");
    assert!(
        page.contains("Please press the button once more.") && page.contains("value=\"anna@example.com\""),
        "{page}"
    );
    assert!(page.contains("value=\"yes\" checked") && page.contains("name=\"utm_source\" value=\"ig\""));
    assert_eq!(
        site.get("/me").await.status(),
        StatusCode::OK,
        "pages without data need no database"
    );

    proxy.set(Fault::Pass).await;
    let taken =
        async || site.sign_up("instagram", "anna@example.com", &[]).await.status() == StatusCode::SEE_OTHER;
    wait_until("signups are taken again", Duration::from_secs(10), taken).await;
}

#[tokio::test]
async fn whoever_posts_too_much_is_told_to_wait_but_may_always_unsubscribe() {
    let few = std::num::NonZeroU32::new(3).expect("not zero");
    let site = Site::limited(RateLimits::new(Quotas {
        posts_burst: few,
        ..Quotas::default()
    }))
    .await;
    for _ in 0..3 {
        assert_eq!(
            site.sign_up("instagram", "anna@example.com", &[]).await.status(),
            StatusCode::SEE_OTHER
        );
    }
    let refused = site.sign_up("instagram", "anna@example.com", &[]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    let unsubscribe = site.here(&site.mail_links().await.unsubscribe);
    for _ in 0..20 {
        let request = site
            .client
            .post(&unsubscribe)
            .form(&[("List-Unsubscribe", "One-Click")]);
        assert_eq!(request.send().await.expect("an answer").status(), StatusCode::OK);
    }
}
