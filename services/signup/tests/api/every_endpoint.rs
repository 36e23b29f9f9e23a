//! Every endpoint of both ports, whatever strangers send to it; what is asked of all of them is in `testkit::hostile`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use reqwest::StatusCode;
use testkit::hostile::Endpoints;
use web::{Quotas, RateLimits};

use crate::site::Site;

/// Reads no body: the button of its page says all there is to say.
const UNREAD: [&str; 1] = ["/confirm/{token}"];

fn fill(template: &str) -> String {
    template
        .replace("{campaign}", "instagram")
        .replace("{token}", "none")
        .replace("{file}", "none.svg")
        .replace("{id}", "018f0000-0000-7000-8000-000000000000")
}

/// A site with one signup in it, the endpoints of its public port, and what its database holds.
async fn start() -> (Site, Endpoints, BTreeMap<String, String>) {
    let site = Site::start().await;
    let taken = site.sign_up("instagram", "anna@example.com", &[]).await;
    assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    let endpoints = Endpoints::public(&site.served, &site.public, fill);
    let contents = site.database.contents().await;
    (site, endpoints, contents)
}

#[tokio::test]
async fn bodies_that_never_end_that_stall_or_that_are_packed_get_no_further() {
    let (site, endpoints, before) = start().await;
    endpoints.cut_off_bodies_without_end(&UNREAD).await;
    endpoints.leave_packed_bodies_packed(&UNREAD).await;
    endpoints.give_up_bodies_that_stall(&UNREAD).await;
    assert_eq!(site.database.contents().await, before);
}

#[tokio::test]
async fn paths_queries_hosts_and_methods_of_strangers_lead_nowhere() {
    let (site, endpoints, before) = start().await;
    endpoints.know_no_other_paths().await;
    endpoints.lead_nowhere_else().await;
    endpoints.have_no_other_methods().await;
    endpoints.survive_forms_that_are_none().await;
    assert_eq!(site.database.contents().await, before);
}

#[tokio::test]
async fn whoever_sends_too_much_waits_at_every_entrance_but_the_way_out() {
    let quotas = Quotas {
        posts_per_minute: NonZeroU32::MIN,
        posts_burst: NonZeroU32::new(3).expect("not zero"),
        ..Quotas::default()
    };
    let site = Site::limited(RateLimits::new(quotas)).await;
    let endpoints = Endpoints::public(&site.served, &site.public, fill);
    assert_eq!(endpoints.posts_without_limit(3).await, ["/u/{token}"]);
}

#[tokio::test]
async fn the_admin_port_opens_to_its_token_only_and_is_not_on_the_public_one() {
    let (site, _, before) = start().await;
    let endpoints = Endpoints::admin(&site.served, &site.admin, fill);
    endpoints.open_to_the_token_only().await;
    endpoints.know_no_other_paths().await;
    endpoints.lead_nowhere_else().await;
    endpoints.have_no_other_methods().await;
    Endpoints::public(&site.served, &site.admin, fill)
        .are_not_here()
        .await;
    assert_eq!(site.database.contents().await, before);
}
