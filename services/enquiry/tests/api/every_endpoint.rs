//! Every endpoint of both ports, whatever strangers send to it; what is asked of all of them is in `testkit::hostile`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use testkit::hostile::Endpoints;
use web::{Quotas, RateLimits};

use crate::test_app::TestApp;

fn fill(template: &str) -> String {
    template
        .replace("{file}", "none.css")
        .replace("{id}", "018f0000-0000-7000-8000-000000000000")
}

/// A service with one question in it, the endpoints of its public port, and what its database holds.
async fn start() -> (TestApp, Endpoints, BTreeMap<String, String>) {
    let app = TestApp::start().await;
    assert_eq!(app.ask(&crate::test_app::question()).await.status(), 202);
    let endpoints = Endpoints::public(&app.served, &app.app.public_routes(), fill);
    let contents = app.database.contents().await;
    (app, endpoints, contents)
}

#[tokio::test]
async fn bodies_that_never_end_that_stall_or_that_are_packed_get_no_further() {
    let (app, endpoints, before) = start().await;
    endpoints.cut_off_bodies_without_end(&[]).await;
    endpoints.leave_packed_bodies_packed(&[]).await;
    endpoints.give_up_bodies_that_stall(&[]).await;
    assert_eq!(app.database.contents().await, before);
}

#[tokio::test]
async fn paths_queries_hosts_and_methods_of_strangers_lead_nowhere() {
    let (app, endpoints, before) = start().await;
    endpoints.know_no_other_paths().await;
    endpoints.lead_nowhere_else().await;
    endpoints.have_no_other_methods().await;
    endpoints.survive_forms_that_are_none().await;
    assert_eq!(app.database.contents().await, before);
}

#[tokio::test]
async fn whoever_sends_too_much_waits_at_every_entrance() {
    let app = TestApp::start().await;
    let quotas = Quotas {
        posts_per_minute: NonZeroU32::MIN,
        posts_burst: NonZeroU32::new(3).expect("not zero"),
        ..Quotas::default()
    };
    let served = testkit::serve(app.app.site(), RateLimits::new(quotas), &app.supervisor);
    let endpoints = Endpoints::public(&served, &app.app.public_routes(), fill);
    assert_eq!(endpoints.posts_without_limit(3).await, [""; 0]);
}

#[tokio::test]
async fn the_admin_port_opens_to_its_token_only_and_is_not_on_the_public_one() {
    let (app, _, before) = start().await;
    let table = app.app.admin_routes();
    let endpoints = Endpoints::admin(&app.served, &table, fill);
    endpoints.open_to_the_token_only().await;
    endpoints.know_no_other_paths().await;
    endpoints.lead_nowhere_else().await;
    endpoints.have_no_other_methods().await;
    Endpoints::public(&app.served, &table, fill).are_not_here().await;
    assert_eq!(app.database.contents().await, before);
}
