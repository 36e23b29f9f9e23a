//! The three services of one test, each with a database of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kafka::KafkaConfig;
use serde_json::{Value, json};
use testkit::{TestDatabase, TestKafka, TestMailbox, empty_database, http_client, wait_until};
use uuid::Uuid;

use crate::rows::left_over;
use crate::{Broker, Service};

/// Where the demo's offer is.
const OFFER: &str = "offers/system-design-cheat-sheet";

/// Everything that is owed has been done by then.
const REST: Duration = Duration::from_secs(120);

/// Where the services of a fleet find Kafka and a relay.
#[derive(Debug, Clone)]
pub struct Network {
    pub kafka: KafkaConfig,
    pub smtp_url: String,
}

impl Network {
    /// The shared broker under the test's own prefix.
    pub fn new(kafka: &TestKafka, mailbox: &TestMailbox) -> Self {
        Self {
            kafka: kafka.config("test"),
            smtp_url: mailbox.smtp_url(),
        }
    }

    /// A broker of the test's own.
    pub fn with_broker(broker: &Broker, mailbox: &TestMailbox) -> Self {
        Self {
            kafka: broker.config(),
            smtp_url: mailbox.smtp_url(),
        }
    }
}

/// The three services, and what a test does to them.
#[derive(Debug)]
pub struct Fleet {
    pub signup: Service,
    pub enquiry: Service,
    pub notification: Service,
    pub signup_database: TestDatabase,
    pub enquiry_database: TestDatabase,
    pub notification_database: TestDatabase,
    http: reqwest::Client,
}

impl Fleet {
    /// Builds the fleet with migrated databases and topics; nothing runs yet.
    pub async fn new(network: &Network) -> Self {
        let signup_database = testkit::database("signup").await;
        let enquiry_database = testkit::database("enquiry").await;
        let notification_database = testkit::database("notification").await;
        let fleet = Self {
            signup: signup(network, signup_database.url()),
            enquiry: enquiry(network, enquiry_database.url()),
            notification: notification(network, notification_database.url()),
            signup_database,
            enquiry_database,
            notification_database,
            http: http_client(),
        };
        fleet.signup.run(&["migrate"]).await;
        fleet
    }

    /// Builds and starts the fleet, with the demo offer applied.
    pub async fn start(network: &Network) -> Self {
        let mut fleet = Self::new(network).await;
        fleet.apply_demo_offer().await;
        fleet.start_all().await;
        fleet
    }

    /// As [`Fleet::new`], but no event is published again for being late: what comes, came the first way.
    pub async fn without_republishing(network: &Network) -> Self {
        let mut fleet = Self::new(network).await;
        for service in [&mut fleet.signup, &mut fleet.enquiry] {
            service.set(&[("REPUBLISH_FIRST_WAIT_SECONDS", "3600".to_owned())]);
        }
        fleet.apply_demo_offer().await;
        fleet
    }

    /// New, empty databases in place of those that the stopped fleet has.
    pub async fn empty_databases(&mut self) {
        self.signup_database = empty_database().await;
        self.enquiry_database = empty_database().await;
        self.notification_database = empty_database().await;
        let urls = self.databases().map(TestDatabase::url);
        for (service, url) in self.services().into_iter().zip(urls) {
            service.set(&[("DATABASE_URL", url)]);
        }
    }

    /// Runs the `migrate` of each service.
    pub async fn migrate_all(&self) {
        for service in [&self.signup, &self.enquiry, &self.notification] {
            service.run(&["migrate"]).await;
        }
    }

    /// signup, enquiry and notification.
    pub fn services(&mut self) -> [&mut Service; 3] {
        [&mut self.signup, &mut self.enquiry, &mut self.notification]
    }

    /// Those of signup, enquiry and notification.
    pub fn databases(&self) -> [&TestDatabase; 3] {
        [
            &self.signup_database,
            &self.enquiry_database,
            &self.notification_database,
        ]
    }

    /// Waits until nothing waits to be done.
    ///
    /// # Panics
    /// When that takes longer than two minutes.
    pub async fn comes_to_rest(&self) {
        let pools = self.databases().map(TestDatabase::pool);
        wait_until("nothing is owed any more", REST, async || {
            left_over(pools, REST).await == 0
        })
        .await;
    }

    /// Starts all three.
    pub async fn start_all(&mut self) {
        self.signup.start().await;
        self.enquiry.start().await;
        self.notification.start().await;
    }

    /// What a marketer does with the demo's folder.
    pub async fn apply_demo_offer(&self) {
        self.apply_offer(&demo().join(OFFER)).await;
    }

    /// The same, but the mail has only a link to the file.
    pub async fn apply_light_offer(&self) {
        let folder = std::env::temp_dir().join(format!("leadstream-offer-{}", Uuid::now_v7().simple()));
        self.apply_offer(&light_offer(&folder)).await;
        fs::remove_dir_all(folder).expect("the folder was made");
    }

    async fn apply_offer(&self, folder: &Path) {
        self.signup
            .run(&["offers", "apply", &folder.display().to_string()])
            .await;
    }

    /// Signs up through the API and returns the signup id.
    pub async fn sign_up(&self, address: &str) -> String {
        let body = json!({ "email": address, "campaign": "instagram", "consent": { "updates": true } });
        let (status, body) = self
            .post(&self.signup.url("/v1/signups"), &body)
            .await
            .expect("signup answers");
        assert_eq!(status, 202, "{body}");
        body["id"].as_str().expect("an id").to_owned()
    }

    /// Asks a question and returns the enquiry id.
    pub async fn ask(&self, address: &str, message: &str) -> String {
        let body = json!({ "email": address, "name": "Vera", "topic": "pricing", "message": message });
        let (status, body) = self
            .post(&self.enquiry.url("/v1/enquiries"), &body)
            .await
            .expect("enquiry answers");
        assert_eq!(status, 202, "{body}");
        body["id"].as_str().expect("an id").to_owned()
    }

    /// The client that follows no redirect.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    async fn post(&self, url: &str, body: &Value) -> Option<(u16, Value)> {
        let answer = self.http.post(url).json(body).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.unwrap_or(Value::Null)))
    }
}

/// The demo's offer with a link alone, made in this folder: thousands of attachments would fill the disk.
pub(crate) fn light_offer(folder: &Path) -> PathBuf {
    let (from, to) = (demo().join(OFFER), folder.join("offer"));
    fs::create_dir_all(&to).expect("a folder");
    for file in ["mail.txt", "mail.html", "system-design-cheat-sheet.pdf"] {
        fs::copy(from.join(file), to.join(file)).expect("the demo's file");
    }
    let offer = fs::read_to_string(from.join("offer.toml")).expect("the demo's offer");
    let light = offer.replace("delivery = \"both\"", "delivery = \"link\"");
    assert_ne!(offer, light, "the demo's offer has its file attached");
    fs::write(to.join("offer.toml"), light).expect("an offer");
    to
}

fn demo() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../services/leadstream/demo")
}

/// Settings that every service of a fleet has.
fn shared(network: &Network, database_url: String) -> Vec<(&'static str, String)> {
    vec![
        ("DATABASE_URL", database_url),
        ("KAFKA_BOOTSTRAP_SERVERS", network.kafka.bootstrap_servers.clone()),
        ("KAFKA_TOPIC_PREFIX", network.kafka.topic_prefix.clone()),
        ("KAFKA_GROUP_PREFIX", network.kafka.group_prefix.clone()),
        ("KAFKA_CREATE_TOPICS", "true".to_owned()),
        ("SUBJECT_KEY", "5a".repeat(32)),
        ("LEADSTREAM_RATE_LIMIT", "off".to_owned()),
        ("LOG_LEVEL", "debug".to_owned()),
        ("REPUBLISH_FIRST_WAIT_SECONDS", "2".to_owned()),
        ("REPUBLISH_TICK_SECONDS", "1".to_owned()),
    ]
}

pub(crate) fn signup(network: &Network, database_url: String) -> Service {
    let mut settings = shared(network, database_url);
    settings.push(("LINK_KEYS", format!("1:{}", "a5".repeat(32))));
    settings.push(("PUBLIC_URL", "http://127.0.0.1".to_owned()));
    let mut service = Service::new("signup", &settings);
    let own_url = service.url("/");
    service.set(&[("PUBLIC_URL", own_url)]);
    service
}

pub(crate) fn enquiry(network: &Network, database_url: String) -> Service {
    let mut settings = shared(network, database_url);
    settings.push(("ROUTES_FILE", demo().join("routes.toml").display().to_string()));
    Service::new("enquiry", &settings)
}

pub(crate) fn notification(network: &Network, database_url: String) -> Service {
    let mut settings = shared(network, database_url);
    settings.push(("SMTP_URL", network.smtp_url.clone()));
    settings.push(("BOUNCE_KEY", "3c".repeat(32)));
    settings.push(("MAIL_FROM", "Course <hello@course.example>".to_owned()));
    // A lease is twice as long: what a killed sender held is sent by the next one after that.
    settings.push(("SMTP_TIMEOUT_SECONDS", "5".to_owned()));
    settings.push(("MAIL_DOMAIN", "course.example".to_owned()));
    Service::new("notification", &settings)
}
