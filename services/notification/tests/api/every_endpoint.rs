//! Every endpoint of both ports, whatever strangers send to it; what is asked of all of them is in `testkit::hostile`.

use std::num::NonZeroU32;

use notification::domain::provider::Postmark;
use testkit::hostile::Endpoints;
use web::{Quotas, RateLimits};

use crate::test_app::{Surroundings, TestApp};

fn fill(template: &str) -> String {
    template
        .replace("{provider}", "postmark")
        .replace("{id}", "018f0000-0000-7000-8000-000000000000")
        .replace("{person_id}", "018f0000-0000-7000-8000-000000000000")
}

/// A service that hears one provider.
async fn start() -> TestApp {
    let around = Surroundings::new().await;
    let mut config = around.config();
    let login = "postmark:a long enough password".to_owned();
    config.providers.postmark = Some(Postmark::new(login.into()).expect("a login"));
    around.start(config)
}

#[tokio::test]
async fn bodies_that_never_end_that_stall_or_that_are_packed_get_no_further() {
    let app = start().await;
    let endpoints = Endpoints::public(&app.served, &app.app.public_routes(), fill);
    let before = app.around.database.contents().await;
    endpoints.cut_off_bodies_without_end(&[]).await;
    endpoints.leave_packed_bodies_packed(&[]).await;
    endpoints.give_up_bodies_that_stall(&[]).await;
    assert_eq!(app.around.database.contents().await, before);
}

#[tokio::test]
async fn paths_queries_hosts_and_methods_of_strangers_lead_nowhere() {
    let app = start().await;
    let endpoints = Endpoints::public(&app.served, &app.app.public_routes(), fill);
    let before = app.around.database.contents().await;
    endpoints.know_no_other_paths().await;
    endpoints.lead_nowhere_else().await;
    endpoints.have_no_other_methods().await;
    endpoints.survive_forms_that_are_none().await;
    assert_eq!(app.around.database.contents().await, before);
}

/// What is signed is not limited: a provider tells of many mails from few addresses.
#[tokio::test]
async fn only_what_providers_sign_is_without_a_limit() {
    let app = start().await;
    let quotas = Quotas {
        posts_per_minute: NonZeroU32::MIN,
        posts_burst: NonZeroU32::MIN,
        ..Quotas::default()
    };
    let served = testkit::serve(app.app.site(), RateLimits::new(quotas), &app.supervisor);
    let endpoints = Endpoints::public(&served, &app.app.public_routes(), fill);
    assert_eq!(endpoints.posts_without_limit(1).await, ["/v1/bounces/{provider}"]);
}

#[tokio::test]
async fn the_admin_port_opens_to_its_token_only_and_is_not_on_the_public_one() {
    let app = start().await;
    let table = app.app.admin_routes();
    let endpoints = Endpoints::admin(&app.served, &table, fill);
    let before = app.around.database.contents().await;
    endpoints.open_to_the_token_only().await;
    endpoints.know_no_other_paths().await;
    endpoints.lead_nowhere_else().await;
    endpoints.have_no_other_methods().await;
    Endpoints::public(&app.served, &table, fill).are_not_here().await;
    assert_eq!(app.around.database.contents().await, before);
}
