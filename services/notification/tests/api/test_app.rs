//! A running service, and ways to look at it.

use std::sync::Arc;
use std::time::Duration;

use contracts::notification::{State, StateChanged};
use contracts::offer::DeliveryMode;
use contracts::{Event, Payload, SubjectKey, topics};
use kafka::{KafkaConfig, Producer, Received, Record};
use lifecycle::Supervisor;
use mailbox::{Message, Rule, Script, Summary};
use notification::config::{domain, mailbox};
use notification::domain::bounce_address::BounceKey;
use notification::domain::provider::Providers;
use notification::domain::retry::RetryPolicy;
use notification::mail::compose::Sender;
use notification::mail::relay::Relay;
use notification::mail::relay_plan::RelayPlan;
use notification::{App, Config};
use postgres::DatabaseConfig;
use testkit::{ADMIN_TOKEN, FaultProxy, Served, TestDatabase, TestKafka, TestMailbox, TopicTail, wait_until};
use uuid::Uuid;
use web::RateLimits;

use crate::samples;

pub const SOON: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_secs(24 * 3600);

pub fn subject_key() -> SubjectKey {
    SubjectKey::parse(&"ab".repeat(32)).expect("32 bytes")
}

/// What a service of a test runs on.
pub struct Surroundings {
    pub database: TestDatabase,
    pub kafka: TestKafka,
    pub mailbox: TestMailbox,
    /// In front of the mailbox.
    pub relay: FaultProxy,
    pub told: TopicTail,
    producer: Producer,
}

/// A service, started.
pub struct TestApp {
    pub around: Surroundings,
    pub app: App,
    pub supervisor: Supervisor,
    pub served: Served,
}

impl Surroundings {
    pub async fn new() -> Self {
        let kafka = testkit::kafka().await;
        let mailbox = testkit::mailbox().await;
        Self {
            database: testkit::database("notification").await,
            relay: FaultProxy::start(mailbox.upstream()),
            told: kafka.tail(topics::NOTIFICATION_EVENTS),
            producer: Producer::new(&kafka.config("test")).expect("a producer"),
            mailbox,
            kafka,
        }
    }

    /// Settings that make a test short: little patience, few connections.
    pub fn config(&self) -> Config {
        Config {
            database: self.database.config("notification"),
            kafka: self.kafka.config("notification"),
            create_topics: false,
            subject_key: subject_key(),
            sender: Sender {
                from: mailbox("MAIL_FROM", Some("Café Kurs <hello@course.example>")).expect("a mailbox"),
                domain: domain("MAIL_DOMAIN", Some("course.example")).expect("a domain"),
                bounce_key: BounceKey::parse(&"cd".repeat(32)).expect("a key"),
                echoes: Vec::new(),
                redirect_to: None,
            },
            signer: None,
            relays: vec![relay_at(&self.relay.address().to_string(), 2)],
            send_timeout: Duration::from_secs(10),
            retry: RetryPolicy {
                first: Duration::from_millis(50),
                longest: Duration::from_millis(200),
                ..RetryPolicy::default()
            },
            retention: 30 * DAY,
            providers: Providers::default(),
            lmtp: None,
        }
    }

    /// Starts a service on them.
    pub fn start(self, config: Config) -> TestApp {
        let supervisor = Supervisor::new();
        let app = App::build(config, &supervisor).expect("a service");
        let served = testkit::serve(app.site(), RateLimits::off(), &supervisor);
        app.start(&supervisor);
        TestApp {
            around: self,
            app,
            supervisor,
            served,
        }
    }

    /// Publishes events as their services would.
    pub async fn publish(&self, events: Vec<Event>) {
        self.produce(events.into_iter().map(Record::from).collect()).await;
    }

    pub async fn produce(&self, records: Vec<Record>) {
        for outcome in self.producer.send_all(records).await {
            outcome.expect("the broker takes it");
        }
    }
}

impl TestApp {
    pub async fn start() -> Self {
        let around = Surroundings::new().await;
        let config = around.config();
        around.start(config)
    }

    /// A service that can mail version 1 of the offer.
    pub async fn start_with_offer(delivery: DeliveryMode) -> Self {
        let app = Self::start().await;
        app.store_offer(delivery).await;
        app
    }

    /// Publishes version 1 of the offer, and waits until it is stored.
    pub async fn store_offer(&self, delivery: DeliveryMode) {
        self.publish(samples::offer(1, delivery)).await;
        self.wait_for_count(1, "select count(*) from offers").await;
    }

    pub async fn publish(&self, events: Vec<Event>) {
        self.around.publish(events).await;
    }

    pub fn misbehave(&self, rule: Rule) {
        self.around.mailbox.play(Script::new().with(rule));
    }

    /// The newest mail to this address, waited for.
    pub async fn mail_to(&self, address: &str) -> Message {
        let summary = self.summary_to(address).await;
        self.around.mailbox.message(&summary).await
    }

    /// The same, with its envelope.
    pub async fn summary_to(&self, address: &str) -> Arc<Summary> {
        let what = format!("a mail to {address}");
        let is_to = |mail: &Summary| mail.outline.envelope.to.iter().any(|to| to == address);
        self.around.mailbox.wait_for(&what, is_to).await
    }

    /// All mails to this address that have come so far.
    pub fn mails_to(&self, address: &str) -> Vec<Arc<Summary>> {
        let mut mails = self.around.mailbox.messages();
        mails.retain(|mail| mail.outline.envelope.to.iter().any(|to| to == address));
        mails
    }

    /// Waits until this was told of a request, and returns all that was told of it.
    pub async fn told(&self, request_id: Uuid, state: State) -> Vec<StateChanged> {
        let what = format!("{} told", state.as_str());
        let records = self
            .around
            .told
            .wait_for(&what, |records| {
                states(records)
                    .iter()
                    .any(|told| told.request_id == request_id && told.state == state)
            })
            .await;
        let mut told = states(&records);
        told.retain(|told| told.request_id == request_id);
        told
    }

    /// Waits until a query gives this number.
    pub async fn wait_for_count(&self, count: i64, query: &'static str) {
        let what = format!("{count} = {query}");
        wait_until(&what, SOON, async || self.count(query).await == count).await;
    }

    /// One more service on the same surroundings, in the same consumer groups.
    pub fn another(&self) -> (App, Supervisor) {
        let supervisor = Supervisor::new();
        let app = App::build(self.around.config(), &supervisor).expect("a service");
        app.start(&supervisor);
        (app, supervisor)
    }

    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(self.around.database.pool())
            .await
            .expect("a number")
    }

    pub async fn execute(&self, statement: &'static str) {
        sqlx::query(statement)
            .execute(self.around.database.pool())
            .await
            .expect("done");
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        let request = testkit::http_client().get(self.served.public_url(path));
        request.send().await.expect("an answer")
    }

    pub async fn get_admin(&self, path: &str) -> reqwest::Response {
        let request = testkit::http_client().get(self.served.admin_url(path));
        request.bearer_auth(ADMIN_TOKEN).send().await.expect("an answer")
    }

    /// Sends a body to the public port, with these header fields.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)], body: Vec<u8>) -> reqwest::Response {
        let request = testkit::http_client()
            .post(self.served.public_url(path))
            .body(body);
        let request = fields
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.expect("an answer")
    }

    /// Sends a body to the admin port.
    pub async fn post_admin(&self, path: &str, content_type: &str, body: Vec<u8>) -> reqwest::Response {
        let request = testkit::http_client().post(self.served.admin_url(path));
        let request = request
            .bearer_auth(ADMIN_TOKEN)
            .header("content-type", content_type)
            .body(body);
        request.send().await.expect("an answer")
    }

    /// The value of one series of `/metrics`.
    pub async fn metric(&self, series: &str) -> f64 {
        let text = self.get_admin("/metrics").await.text().await.expect("a text");
        let line = text.lines().find(|line| line.starts_with(series));
        let value = line
            .and_then(|line| line.rsplit(' ').next())
            .unwrap_or_else(|| panic!("no {series}"));
        value.parse().expect("a number")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.supervisor.request_stop();
        self.supervisor.token().cancel();
    }
}

/// The only relay, at this host and port.
pub fn relay_at(address: &str, connections: u16) -> RelayPlan {
    let relay = Relay::parse(&format!("smtp://{address}"), "notification.example").expect("a relay");
    RelayPlan::only(relay, connections)
}

/// The state changes among records of `notification.events`.
pub fn states(records: &[Received]) -> Vec<StateChanged> {
    payloads(records)
}

/// The data of all events of one type.
pub fn payloads<P: Payload>(records: &[Received]) -> Vec<P> {
    let of_type = records
        .iter()
        .filter(|record| record.header("ce_type") == Some(P::TYPE.as_bytes()));
    of_type
        .map(|record| {
            serde_json::from_slice(record.payload.as_deref().unwrap_or_default()).expect("its data")
        })
        .collect()
}

/// A broker that is not there.
pub fn no_kafka() -> KafkaConfig {
    TestKafka::at("127.0.0.1:1").config("notification")
}

/// The same database with another way to it.
pub fn database_through(database: &TestDatabase, proxy: &FaultProxy) -> DatabaseConfig {
    DatabaseConfig {
        url: database.url_through(proxy).into(),
        ..database.config("notification")
    }
}
