use serde_json::json;

use crate::test_app::{TestApp, question};

#[tokio::test]
async fn the_event_names_the_team_that_the_routes_file_chose() {
    let app = TestApp::start().await;
    let mut press = question();
    press["topic"] = json!("press");
    assert_eq!(app.ask(&press).await.status(), 202);
    let told = app.text("select payload from enquiries").await;
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["team"]["inbox"], "press@course.example");
    assert_eq!(told["rule"], "press");
    assert_eq!(told["fallback_inbox"], "all@course.example");
    assert_eq!(
        app.text("select concat_ws('|', rule, team) from enquiries").await,
        "press|press"
    );
}
