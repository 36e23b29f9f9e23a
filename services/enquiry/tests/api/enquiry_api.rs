use serde_json::json;

use crate::test_app::{TestApp, id_of, json_of, question};

#[tokio::test]
async fn a_question_is_accepted_and_stored_with_the_event_that_tells_it() {
    let app = TestApp::start().await;
    let response = app.ask(&question()).await;
    assert_eq!(response.status(), 202);
    let body = json_of(response).await;
    assert_eq!(body["status"], "accepted");
    let (id, event, payload): (uuid::Uuid, uuid::Uuid, String) =
        sqlx::query_as("select id, event_id, payload from enquiries")
            .fetch_one(app.database.pool())
            .await
            .expect("one row");
    assert_eq!(id_of(&body), id);
    assert_eq!(
        body["reference"],
        app.text("select reference from enquiries").await
    );
    let (queued, sent): (uuid::Uuid, Vec<u8>) = sqlx::query_as("select event_id, payload from outbox")
        .fetch_one(app.database.pool())
        .await
        .expect("one row");
    assert_eq!((queued, sent), (event, payload.into_bytes()));
    assert_eq!(
        app.text("select concat_ws('|', status, delivery) from enquiries")
            .await,
        "new|owed"
    );
    assert_eq!(
        app.text("select concat_ws('|', revision, status) from status_changes")
            .await,
        "1|new"
    );
}

#[tokio::test]
async fn every_wrong_field_is_named_by_its_pointer() {
    let app = TestApp::start().await;
    let response = app
        .ask(&json!({ "email": "anna@localhost", "name": "a\u{202e}b", "topic": "x", "campaign": "A" }))
        .await;
    assert_eq!(response.status(), 422);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem = json_of(response).await;
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|error| error["pointer"].as_str().expect("a pointer"))
        .collect();
    assert_eq!(pointers, ["/name", "/email", "/topic", "/message", "/campaign"]);
}

#[tokio::test]
async fn a_field_that_is_not_part_of_the_request_is_refused_but_not_in_a_touch() {
    let app = TestApp::start().await;
    let mut body = question();
    body["admin"] = json!(true);
    let problem = json_of(app.ask(&body).await).await;
    assert_eq!(problem["errors"][0]["pointer"], "/admin");

    let mut body = question();
    body["touch"] = json!({ "utm_source": " LinkedIn ", "gclid": "x", "landing_page": "/c/linkedin" });
    assert_eq!(app.ask(&body).await.status(), 202);
    assert_eq!(app.text("select utm_source from enquiries").await, "linkedin");
}

#[tokio::test]
async fn a_callers_trace_goes_on_in_the_event() {
    let app = TestApp::start().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let request = app
        .post("/v1/enquiries")
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))
        .json(&question());
    assert_eq!(crate::test_app::answered(request).await.status(), 202);
    let told = app.text("select traceparent from outbox").await;
    assert!(
        told.contains(trace) && !told.contains("b7ad6b7169203331"),
        "{told}"
    );
    assert_eq!(app.text("select traceparent from enquiries").await, told);
}

#[tokio::test]
async fn a_reference_number_that_is_taken_is_known_by_its_constraint() {
    let app = TestApp::start().await;
    assert_eq!(app.ask(&question()).await.status(), 202);
    let twice = "create temporary table copy as select * from enquiries;
        update copy set id = gen_random_uuid(), event_id = gen_random_uuid();
        insert into enquiries select * from copy";
    let refused = sqlx::raw_sql(twice).execute(app.database.pool()).await;
    let error = enquiry::Error::from(refused.expect_err("the reference is taken"));
    assert!(matches!(error, enquiry::Error::ReferenceTaken), "{error}");
}
