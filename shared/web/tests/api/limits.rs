//! Rate limits, and whom they count.

use crate::site::{Options, Site};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::num::NonZeroU32;
use web::{Quotas, RateLimits, TrustedProxies};

/// Three posts at once, and hardly any more while a test runs, however slow the machine is.
fn limited(trusted: &[&str]) -> Site {
    let quotas = Quotas {
        posts_per_minute: NonZeroU32::MIN,
        posts_burst: 3.try_into().expect("not zero"),
        ..Quotas::default()
    };
    let networks = trusted
        .iter()
        .map(|network| network.parse().expect("a network"))
        .collect();
    Site::with(Options {
        limits: RateLimits::new(quotas),
        proxies: TrustedProxies::new(networks),
        ..Options::default()
    })
}

async fn post_from(site: &Site, headers: &[(&str, String)]) -> reqwest::Response {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            HeaderName::from_bytes(name.as_bytes()).expect("a name"),
            HeaderValue::from_str(value).expect("a value"),
        );
    }
    let request = reqwest::Client::new().post(site.url("/v1/signups")).headers(map);
    request
        .header("content-type", "application/json")
        .body(r#"{"email": "a"}"#)
        .send()
        .await
        .expect("an answer")
}

#[tokio::test]
async fn one_post_too_many_gets_429_with_the_time_to_wait() {
    let site = limited(&[]);
    for _ in 0..3 {
        assert_eq!(post_from(&site, &[]).await.status(), 200);
    }
    let answer = post_from(&site, &[]).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let wait: u64 = answer.headers()["retry-after"]
        .to_str()
        .expect("text")
        .parse()
        .expect("seconds");
    assert!((1..=61).contains(&wait), "{wait} s");
}

#[tokio::test]
async fn pages_are_counted_apart_and_unsubscribing_is_never_limited() {
    let site = limited(&[]);
    for _ in 0..20 {
        assert_eq!(site.get("/c/instagram").await.status(), 200);
        assert_eq!(
            site.post("/u/token", "application/x-www-form-urlencoded", "")
                .await
                .status(),
            200
        );
    }
    for _ in 0..3 {
        post_from(&site, &[]).await;
    }
    assert_eq!(post_from(&site, &[]).await.status(), 429);
    assert_eq!(site.get("/c/instagram").await.status(), 200);
    assert_eq!(
        site.post("/u/token", "application/x-www-form-urlencoded", "")
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn a_stranger_cannot_escape_by_headers() {
    let site = limited(&[]);
    let mut statuses = Vec::new();
    for number in 1..=6 {
        let address = format!("192.0.2.{number}");
        let forwarded = format!("for={address}");
        let headers = [
            ("x-forwarded-for", address.clone()),
            ("x-real-ip", address.clone()),
            ("forwarded", forwarded),
            ("client-ip", address.clone()),
        ];
        statuses.push(post_from(&site, &headers).await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429, 429]);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_count() {
    let site = limited(&["127.0.0.0/8"]);
    let from = |client: &str| [("x-forwarded-for", format!("6.6.6.6, {client}"))];
    for client in ["192.0.2.1", "192.0.2.2"] {
        for _ in 0..3 {
            assert_eq!(post_from(&site, &from(client)).await.status(), 200);
        }
        assert_eq!(post_from(&site, &from(client)).await.status(), 429);
    }
}

#[tokio::test]
async fn what_a_client_writes_before_the_proxys_line_does_not_count() {
    let site = limited(&["127.0.0.0/8"]);
    let mut statuses = Vec::new();
    for number in 1..=5 {
        let lines = [
            ("x-forwarded-for", format!("10.0.0.{number}")),
            ("x-forwarded-for", "192.0.2.1".to_owned()),
        ];
        statuses.push(post_from(&site, &lines).await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
}

#[tokio::test]
async fn a_handler_sees_the_same_client_as_the_limits() {
    let site = limited(&["127.0.0.0/8"]);
    let request = reqwest::Client::new()
        .get(site.url("/client"))
        .header("x-forwarded-for", "1.1.1.1, 192.0.2.7");
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.text().await.expect("text"), "192.0.2.7");
    assert_eq!(site.get("/client").await.text().await.expect("text"), "127.0.0.1");
}
