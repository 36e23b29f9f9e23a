//! Metrics: what happens is counted, what is counted is documented, and nobody can fill the registry.

use lifecycle::Supervisor;
use signup::commands::measure::measure;
use signup::{App, commands};

use crate::test_app::{TestApp, config, no_kafka};

const README: &str = include_str!("../../README.md");

#[tokio::test]
async fn every_metric_of_this_service_is_in_the_readme() {
    let database = testkit::database("signup").await;
    let supervisor = Supervisor::new();
    let app = App::build(config(database.config("signup"), no_kafka()), &supervisor)
        .expect("a valid configuration");
    app.state()
        .metrics
        .mail_requests
        .with_label_values(&["links", "owed"]);
    app.state()
        .metrics
        .step_of("instagram", "instagram", signup::metrics::Step::Visit);
    let families = app.registry().gather();
    let own = families
        .iter()
        .map(|family| family.name())
        .filter(|name| name.starts_with("leadstream_signup"));
    let undocumented: Vec<&str> = own.filter(|name| !README.contains(name)).collect();
    assert_eq!(undocumented, Vec::<&str>::new());
}

#[tokio::test]
async fn signups_are_counted_by_what_became_of_them_and_what_is_held_is_measured() {
    let database = testkit::database("signup").await;
    let service = TestApp::without_kafka(&database).await;
    for _ in 0..2 {
        service.sign_up("anna@example.com").await;
    }
    let mut held = service.request("ben@example.com").await;
    held.held = true;
    commands::request_signup(&service.state, held)
        .await
        .expect("accepted");
    let signups = &service.state.metrics.signups;
    assert_eq!(
        (signups.owed.get(), signups.over_budget.get(), signups.held.get()),
        (1, 1, 1)
    );
    measure(&service.state).await.expect("measured");
    let held = service.state.metrics.requests.with_label_values(&["held"]);
    assert_eq!(
        (held.get(), service.state.metrics.offers_unconfirmed.get()),
        (1, 1)
    );
}
