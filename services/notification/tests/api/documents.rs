use serde_json::Value;

use crate::test_app::TestApp;

#[tokio::test]
async fn the_public_port_offers_its_reviewed_document_and_nothing_else() {
    let app = TestApp::start().await;
    let document: Value = app
        .get("/v1/openapi/notification.json")
        .await
        .json()
        .await
        .expect("JSON");
    insta::assert_json_snapshot!("openapi", document, { ".info.version" => "[version]", ".info.license" => "[license]" });
    for path in [
        "/",
        "/admin/v1/notification/notifications",
        "/metrics",
        "/v1/bounces",
    ] {
        assert_eq!(app.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn every_documented_metric_is_there_from_the_start() {
    let app = TestApp::start().await;
    let text = app.get_admin("/metrics").await.text().await.expect("a text");
    for name in [
        "leadstream_notification_owed_total",
        "leadstream_notification_repeated_events_total",
        "leadstream_notification_person_id_mismatches_total",
        "leadstream_notification_attempts_total",
        "leadstream_notification_late_outcomes_total",
        "leadstream_notification_team_failures_total",
        "leadstream_notification_bounces_total",
        "leadstream_notification_webhooks_refused_total",
        "leadstream_notification_send_seconds_bucket",
        "leadstream_notification_sending",
        "leadstream_signup_to_mail_seconds_bucket",
        "leadstream_notification_circuit_open",
        "leadstream_notification_due",
        "leadstream_notification_oldest_due_age_seconds",
        "leadstream_notification_waiting_for_offer",
        "leadstream_notification_people_erased_total",
        "leadstream_outbox_pending",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "no {name}");
    }
}
