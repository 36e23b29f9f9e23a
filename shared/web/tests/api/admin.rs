//! The admin port.

use crate::site::{Options, SOON, Site, TOKEN, admin_routes};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use web::{AdminSite, Probe};

async fn readiness(site: &Site) -> (u16, serde_json::Value) {
    let answer = reqwest::get(site.admin_url("/readyz")).await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn the_process_is_alive_whatever_the_probes_say() {
    let probes = vec![Probe::new("postgres", async || false)];
    let site = Site::with(Options {
        admin: AdminSite {
            probes,
            ..AdminSite::default()
        },
        ..Options::default()
    });
    assert_eq!(
        reqwest::get(site.admin_url("/livez"))
            .await
            .expect("an answer")
            .status(),
        200
    );
    assert_eq!(readiness(&site).await.0, 503);
}

#[tokio::test]
async fn readiness_names_the_probe_that_fails_and_comes_back() {
    let up = Arc::new(AtomicBool::new(false));
    let database = Arc::clone(&up);
    let flag = Probe::new("postgres", move || {
        let up = database.load(Ordering::SeqCst);
        async move { up }
    });
    let probes = vec![Probe::new("disk", async || true), flag];
    let site = Site::with(Options {
        admin: AdminSite {
            probes,
            ..AdminSite::default()
        },
        ..Options::default()
    });

    let (status, report) = readiness(&site).await;
    assert_eq!(status, 503);
    let expected = serde_json::json!({"ready": false, "shutting_down": false, "probes": {"disk": true, "postgres": false}});
    assert_eq!(report, expected);

    up.store(true, Ordering::SeqCst);
    let (status, report) = readiness(&site).await;
    assert_eq!((status, &report["ready"]), (200, &true.into()));
}

#[tokio::test]
async fn a_probe_that_hangs_or_panics_says_no() {
    let probes = vec![
        Probe::new("hanging", std::future::pending::<bool>),
        Probe::new("fragile", async || panic!("on purpose")),
    ];
    let site = Site::with(Options {
        admin: AdminSite {
            probes,
            ..AdminSite::default()
        },
        ..Options::default()
    });
    let (status, report) = tokio::time::timeout(SOON, readiness(&site))
        .await
        .expect("in time");
    assert_eq!(status, 503);
    assert_eq!(
        report["probes"],
        serde_json::json!({"fragile": false, "hanging": false})
    );
}

#[tokio::test]
async fn metrics_of_all_registries_are_one_text() {
    let other = telemetry::registry("enquiry");
    web::HttpMetrics::register(&other).expect("registered once");
    let site = Site::with(Options {
        admin: AdminSite {
            registries: vec![other],
            ..AdminSite::default()
        },
        ..Options::default()
    });
    let answer = reqwest::get(site.admin_url("/metrics")).await.expect("an answer");
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answer.text().await.expect("text");
    assert_eq!(
        text.matches("# TYPE leadstream_http_requests_total counter")
            .count(),
        1
    );
}

#[tokio::test]
async fn the_admin_api_opens_to_its_token_only() {
    let site = Site::start();
    let client = reqwest::Client::new();
    let ask = |token: &str| {
        client
            .get(site.admin_url("/admin/v1/shop/offers"))
            .bearer_auth(token)
            .send()
    };
    assert_eq!(
        ask(TOKEN).await.expect("an answer").text().await.expect("text"),
        "offers"
    );
    for wrong in ["", "the admin's toke", "the admin's token2"] {
        let answer = ask(wrong).await.expect("an answer");
        assert_eq!(answer.status(), 401, "{wrong}");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    }
    let bare = reqwest::get(site.admin_url("/admin/v1/shop/offers"))
        .await
        .expect("an answer");
    assert_eq!(bare.status(), 401);
}

#[tokio::test]
async fn without_a_token_the_admin_api_refuses_everybody() {
    let admin = AdminSite {
        routes: vec![admin_routes()],
        ..AdminSite::default()
    };
    let site = Site::with(Options {
        admin,
        ..Options::default()
    });
    let request = reqwest::Client::new()
        .get(site.admin_url("/admin/v1/shop/offers"))
        .bearer_auth("");
    assert_eq!(request.send().await.expect("an answer").status(), 401);
}

#[tokio::test]
async fn admin_paths_and_public_paths_are_on_their_own_ports() {
    let site = Site::start();
    for path in ["/admin/v1/shop/offers", "/metrics", "/livez", "/readyz"] {
        assert_eq!(site.get(path).await.status(), 404, "{path}");
    }
    assert_eq!(
        reqwest::get(site.admin_url("/c/instagram"))
            .await
            .expect("an answer")
            .status(),
        404
    );
}
