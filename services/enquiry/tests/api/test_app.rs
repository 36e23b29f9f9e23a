//! A running service, and ways to talk to it.

use std::time::Duration;

use contracts::{Event, SubjectKey};
use enquiry::domain::routes_file;
use enquiry::{App, Config};
use kafka::{KafkaConfig, Received};
use lifecycle::Supervisor;
use postgres::DatabaseConfig;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use settings::RepublishSchedule;
use testkit::{ADMIN_TOKEN, Served, TestDatabase, TestKafka};
use time::OffsetDateTime;
use uuid::Uuid;
use web::{RateLimits, form_stamp};

pub const SOON: Duration = Duration::from_secs(30);
pub const ROUTES: &str = r#"
fallback_inbox = "all@course.example"

[[topics]]
slug = "course"
title = "A <course>"
[[topics]]
slug = "press"
title = "Press"

[[teams]]
slug = "sales"
name = "Sales"
inbox = "sales@course.example"
[[teams]]
slug = "press"
name = "Press"
inbox = "press@course.example"

[[rules]]
name = "press"
when = { topic = ["press"] }
team = "press"
[[rules]]
name = "everything else"
team = "sales"
"#;

pub struct TestApp {
    pub app: App,
    pub database: TestDatabase,
    pub supervisor: Supervisor,
    client: reqwest::Client,
    pub served: Served,
}

pub fn subject_key() -> SubjectKey {
    SubjectKey::parse(&"ab".repeat(32)).expect("32 bytes")
}

/// A broker that is not there.
pub fn no_kafka() -> KafkaConfig {
    TestKafka::at("127.0.0.1:1").config("enquiry")
}

impl TestApp {
    /// A service whose background is not started: what it wrote stays where it is.
    pub async fn start() -> Self {
        let database = testkit::database("enquiry").await;
        let config = database.config("enquiry");
        Self::with(database, config, no_kafka())
    }

    /// A service on this database, with nothing started in the background.
    pub fn with(database: TestDatabase, of_app: DatabaseConfig, kafka: KafkaConfig) -> Self {
        let supervisor = Supervisor::new();
        let config = Config {
            database: of_app,
            kafka,
            create_topics: false,
            subject_key: subject_key(),
            table: routes_file::parse("routes.toml", ROUTES).expect("valid routes"),
            republish: RepublishSchedule::default(),
        };
        let app = App::build(config, &supervisor).expect("a service");
        let served = testkit::serve(app.site(), RateLimits::off(), &supervisor);
        Self {
            app,
            database,
            supervisor,
            client: testkit::http_client(),
            served,
        }
    }

    /// Starts publisher, consumer and tasks.
    pub fn start_background(&self) {
        self.app.start(&self.supervisor);
    }

    pub async fn get(&self, path: &str) -> Response {
        answered(self.client.get(self.served.public_url(path))).await
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.served.public_url(path))
    }

    pub async fn get_admin(&self, path: &str) -> Response {
        let request = self.client.get(self.served.admin_url(path));
        answered(request.bearer_auth(ADMIN_TOKEN)).await
    }

    pub async fn ask(&self, body: &Value) -> Response {
        answered(self.post("/v1/enquiries").json(body)).await
    }

    pub async fn ask_with_key(&self, key: &str, body: &Value) -> Response {
        answered(
            self.post("/v1/enquiries")
                .header("Idempotency-Key", key)
                .json(body),
        )
        .await
    }

    /// Sends the form with a stamp of a minute ago, unless the fields bring one.
    pub async fn send_form(&self, fields: &[(&str, &str)]) -> Response {
        let stamp = stamp_of(time::Duration::minutes(1));
        let mut sent = vec![("stamp", stamp.as_str())];
        sent.retain(|(name, _)| !fields.iter().any(|(given, _)| given == name));
        sent.extend_from_slice(fields);
        answered(self.post("/contact").form(&sent)).await
    }

    /// Sends the form as a program would, with the field that no person sees: the question is held.
    pub async fn hold(&self) -> Response {
        let mut fields = FORM.to_vec();
        fields.push(("website", "https://spam.example"));
        let response = self.send_form(&fields).await;
        assert_eq!(response.status(), 303);
        response
    }

    /// A number that a query gives.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(self.database.pool())
            .await
            .expect("a number")
    }

    /// A text that a query gives.
    pub async fn text(&self, query: &'static str) -> String {
        sqlx::query_scalar(query)
            .fetch_one(self.database.pool())
            .await
            .expect("a text")
    }

    pub async fn execute(&self, statement: &'static str) {
        sqlx::query(statement)
            .execute(self.database.pool())
            .await
            .expect("done");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.supervisor.request_stop();
        self.supervisor.token().cancel();
    }
}

pub async fn answered(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

/// The stamp of a page that was made so long ago.
pub fn stamp_of(age: time::Duration) -> String {
    form_stamp::sign(&subject_key(), "/contact", OffsetDateTime::now_utc() - age)
}

/// A question that can be taken.
pub fn question() -> Value {
    json!({ "email": "anna@example.com", "topic": "course", "message": "Is there a group discount?" })
}

/// The fields of a form that can be taken.
pub const FORM: [(&str, &str); 4] = [
    ("name", "Anna"),
    ("email", "anna@example.com"),
    ("topic", "course"),
    ("message", "Is there a group discount?"),
];

/// An event as the consumer gets it.
pub fn received(event: &Event) -> Received {
    Received {
        topic: event.topic.clone(),
        partition: 0,
        offset: 0,
        timestamp: None,
        key: Some(event.key.clone().into_bytes()),
        headers: event
            .headers()
            .into_iter()
            .map(|(name, value)| (name, value.into_bytes()))
            .collect(),
        payload: event.payload.clone(),
    }
}

pub async fn json_of(response: Response) -> Value {
    response.json().await.expect("JSON")
}

pub fn id_of(value: &Value) -> Uuid {
    value["id"].as_str().expect("an id").parse().expect("a UUID")
}
