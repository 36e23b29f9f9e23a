//! The real service on ports of its own, with a database of its own and one offer; Kafka is out of reach.

use std::path::{Path, PathBuf};
use std::time::Duration;

use contracts::SubjectKey;
use lifecycle::Supervisor;
use postgres::DatabaseConfig;
use signup::domain::link_token::LinkKeys;
use signup::domain::offer_folder;
use signup::{App, Config, State, commands};
use testkit::{ADMIN_TOKEN, Served, TestDatabase};
use time::OffsetDateTime;
use web::{RateLimits, Routes, form_stamp};

use crate::test_app::no_kafka;

pub const PUBLIC_URL: &str = "https://learn.example";
pub const OWN_HOST: &str = "learn.example";

pub struct Site {
    pub served: Served,
    pub public: Routes,
    pub admin: Routes,
    pub state: State,
    pub database: TestDatabase,
    pub client: reqwest::Client,
    supervisor: Supervisor,
}

/// The folder of the tests' offer.
pub fn offer_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/system-design")
}

pub fn subject_key() -> SubjectKey {
    SubjectKey::parse(&"5b".repeat(32)).expect("32 bytes")
}

/// A stamp of a form that was shown some time ago.
pub fn stamp_of_age(campaign: &str, age: Duration) -> String {
    form_stamp::sign(&subject_key(), campaign, OffsetDateTime::now_utc() - age)
}

impl Site {
    pub async fn start() -> Self {
        let database = testkit::database("signup").await;
        Self::over(database.config("signup"), database, RateLimits::off()).await
    }

    /// The site, whose clients may send as much as `limits` says.
    pub async fn limited(limits: RateLimits) -> Self {
        let database = testkit::database("signup").await;
        Self::over(database.config("signup"), database, limits).await
    }

    /// The site, which reaches its database through the proxy.
    pub async fn behind(proxy: impl FnOnce(&TestDatabase) -> DatabaseConfig) -> Self {
        let database = testkit::database("signup").await;
        Self::over(proxy(&database), database, RateLimits::off()).await
    }

    async fn over(reached: DatabaseConfig, database: TestDatabase, limits: RateLimits) -> Self {
        let supervisor = Supervisor::new();
        let app = App::build(config(reached), &supervisor).expect("settings that can be used");
        let state = app.state().clone();
        let draft = offer_folder::read(&offer_dir()).expect("the tests' offer is right");
        commands::apply_offer(&state, draft)
            .await
            .expect("the offer is stored");
        let (public, admin) = (app.public_routes(), app.admin_routes());
        let served = testkit::serve(app.site(), limits, &supervisor);
        app.start(&supervisor);
        Self {
            served,
            public,
            admin,
            state,
            database,
            client: testkit::http_client(),
            supervisor,
        }
    }

    pub fn url(&self, path: &str) -> String {
        self.served.public_url(path)
    }

    /// A link of a mail, on this machine.
    pub fn here(&self, link: &str) -> String {
        self.url(
            link.strip_prefix(PUBLIC_URL)
                .expect("links begin with the public address"),
        )
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.expect("an answer")
    }

    pub async fn get_admin(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(self.served.admin_url(path));
        request.bearer_auth(ADMIN_TOKEN).send().await.expect("an answer")
    }

    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let request = self.client.post(self.url(path)).form(fields);
        request.send().await.expect("an answer")
    }

    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> reqwest::Response {
        let request = self.client.post(self.url(path)).json(body);
        request.send().await.expect("an answer")
    }

    /// Signs up by the form of a campaign, as a person would.
    pub async fn sign_up(&self, campaign: &str, email: &str, more: &[(&str, &str)]) -> reqwest::Response {
        let stamp = stamp_of_age(campaign, Duration::from_secs(5));
        let mut fields = vec![("email", email), ("stamp", stamp.as_str())];
        fields.extend_from_slice(more);
        self.post_form(&format!("/c/{campaign}"), &fields).await
    }

    /// The events that wait for Kafka, by type, in order.
    pub async fn events(&self, event_type: &str) -> Vec<serde_json::Value> {
        let payloads: Vec<Vec<u8>> =
            sqlx::query_scalar("select payload from outbox where event_type = $1 order by seq")
                .bind(event_type)
                .fetch_all(self.database.pool())
                .await
                .expect("the outbox can be read");
        payloads
            .iter()
            .map(|json| serde_json::from_slice(json).expect("events are JSON"))
            .collect()
    }

    /// The links of the mail that the last signup owes.
    pub async fn mail_links(&self) -> MailLinks {
        let events = self.events("leadstream.signup.accepted.v1").await;
        let event = events.last().expect("somebody signed up");
        let link = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        MailLinks {
            download: link(&event["download"]).expect("a download link"),
            confirm: link(&event["confirm"]),
            unsubscribe: link(&event["links"]["unsubscribe"]).expect("an unsubscribe link"),
            my_data: link(&event["links"]["my_data"]).expect("a link to one's data"),
        }
    }

    /// One number out of the database.
    pub async fn count(&self, what: &str) -> i64 {
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {what}")));
        count
            .fetch_one(self.database.pool())
            .await
            .expect("the table can be counted")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.supervisor.request_stop();
    }
}

/// What a delivery mail links to.
pub struct MailLinks {
    pub download: String,
    pub confirm: Option<String>,
    pub unsubscribe: String,
    pub my_data: String,
}

fn config(database: DatabaseConfig) -> Config {
    let public_url: url::Url = PUBLIC_URL.parse().expect("a URL");
    Config {
        database,
        kafka: no_kafka(),
        create_topics: false,
        contact_url: public_url.join("contact").expect("a URL"),
        public_url,
        subject_key: subject_key(),
        link_keys: LinkKeys::parse(&format!("test:{}", "7e".repeat(32))).expect("a key"),
        queue: Default::default(),
        republish: Default::default(),
    }
}
