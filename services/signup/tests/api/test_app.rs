//! The service as these tests run it, and what they ask of it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use contracts::{EmailAddress, IdempotencyKey, PersonName, Slug, SubjectKey};
use kafka::KafkaConfig;
use lifecycle::Supervisor;
use postgres::DatabaseConfig;
use settings::RepublishSchedule;
use signup::domain::campaign::{CampaignDraft, OpenCampaign, UtmDefaults};
use signup::domain::consent::{Evidence, Method};
use signup::domain::link_token::LinkKeys;
use signup::domain::offer::{ConsentText, FileDraft, OfferContent, OfferDraft, PageText};
use signup::domain::signup::{Idempotency, SignupRequest};
use signup::domain::touch::TouchParts;
use signup::store::signup_queue::QueueLimits;
use signup::{App, Config, State, commands};
use sqlx::PgPool;
use telemetry::TraceParent;
use testkit::{TestDatabase, TestKafka};
use uuid::Uuid;

/// The service on a database of its own, with the offer of [`offer`] applied.
pub struct TestApp {
    pub state: State,
    /// Kept for the tasks that run on it.
    _supervisor: Supervisor,
}

/// A configuration that reaches this database and Kafka.
pub fn config(database: DatabaseConfig, kafka: KafkaConfig) -> Config {
    let url = |text: &str| text.parse().expect("a URL");
    Config {
        database,
        kafka,
        create_topics: false,
        public_url: url("https://course.example/"),
        contact_url: url("https://course.example/contact"),
        subject_key: SubjectKey::parse(&"5a".repeat(32)).expect("a key"),
        link_keys: LinkKeys::parse(&format!("1:{}", "6b".repeat(32))).expect("a key"),
        queue: QueueLimits::default(),
        republish: RepublishSchedule::default(),
    }
}

/// A Kafka that nobody has ever started.
pub fn no_kafka() -> KafkaConfig {
    TestKafka::at("127.0.0.1:9").config("signup")
}

impl TestApp {
    /// Starts it where there is no Kafka: what is told stays in the outbox.
    pub async fn without_kafka(database: &TestDatabase) -> TestApp {
        TestApp::start(config(database.config("signup"), no_kafka())).await
    }

    /// Starts it with everything.
    pub async fn with_kafka(database: &TestDatabase, kafka: &TestKafka) -> TestApp {
        TestApp::start(config(database.config("signup"), kafka.config("signup"))).await
    }

    /// Starts it and applies the offer.
    pub async fn start(config: Config) -> TestApp {
        let service = TestApp::start_bare(config);
        commands::apply_offer(&service.state, offer())
            .await
            .expect("a valid offer");
        service
    }

    /// Starts it and does nothing else: the database need not be there.
    pub fn start_bare(config: Config) -> TestApp {
        let supervisor = Supervisor::new();
        let app = App::build(config, &supervisor).expect("a valid configuration");
        let state = app.state().clone();
        app.start(&supervisor);
        TestApp {
            state,
            _supervisor: supervisor,
        }
    }

    /// The campaign that all requests come by.
    pub async fn campaign(&self) -> Arc<OpenCampaign> {
        let slug = Slug::parse("instagram").expect("a slug");
        let found = commands::find_campaign(&self.state, &slug)
            .await
            .expect("the database is there");
        found.expect("the offer was applied")
    }

    /// A plain request of this address.
    pub async fn request(&self, email: &str) -> SignupRequest {
        request(self.campaign().await, email)
    }

    /// Signs up, and is accepted.
    pub async fn sign_up(&self, email: &str) -> Uuid {
        let request = self.request(email).await;
        commands::request_signup(&self.state, request)
            .await
            .expect("accepted")
            .id
    }
}

/// A plain request of this address by this campaign.
pub fn request(campaign: Arc<OpenCampaign>, email: &str) -> SignupRequest {
    SignupRequest {
        email: address(email),
        name: Some(PersonName::parse("Zoë Quietname").expect("a name")),
        campaign,
        updates: false,
        touch: TouchParts::default()
            .with_pairs([
                ("utm_source", "instagram"),
                ("utm_medium", "bio"),
                ("fbclid", "IwAR0clickid"),
            ])
            .with_landing_page(Some("/c/instagram"))
            .finish(),
        evidence: evidence(Method::Form),
        idempotency: None,
        held: false,
        trace: TraceParent::new_root(),
    }
}

/// The same request with an `Idempotency-Key`.
pub fn with_key(request: SignupRequest, key: &str, body: &str) -> SignupRequest {
    let key = IdempotencyKey::parse(key).expect("a key");
    SignupRequest {
        idempotency: Some(Idempotency::new(key, body.as_bytes())),
        ..request
    }
}

pub fn address(email: &str) -> EmailAddress {
    EmailAddress::parse(email).expect("a valid address")
}

/// Somebody said something, from an address that is easy to look for.
pub fn evidence(method: Method) -> Evidence {
    let client = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 77));
    Evidence::new(method, "/c/instagram", client, Some("Mozilla/5.0 (Lookforme)"))
}

/// A small offer with a file of two chunks.
pub fn offer() -> OfferDraft {
    let text = |text: &str| text.to_owned();
    OfferDraft {
        slug: Slug::parse("system-design").expect("a slug"),
        content: OfferContent {
            title: text("System Design Cheat Sheet"),
            language: text("en"),
            delivery: contracts::offer::DeliveryMode::Both,
            page: PageText {
                headline: text("Get a FREE cheat sheet"),
                promise: text("Four pages."),
                points: vec![text("Caches")],
                button: text("Send it"),
                thanks: text("Look into your inbox."),
            },
            consent: ConsentText {
                version: text("2026-11"),
                delivery: text("We mail you the file."),
                updates: text("Mail me news, too."),
                privacy_url: None,
            },
            mail: contracts::offer::DeliveryMail {
                subject: text("Your cheat sheet"),
                text: text("Here"),
                html: text("<p>Here</p>"),
            },
        },
        file: FileDraft {
            name: text("cheat-sheet.pdf"),
            media_type: text("application/pdf"),
            bytes: [b"%PDF-1.7\n".as_slice(), &[b'x'; 600 * 1024]].concat(),
        },
        campaigns: vec![CampaignDraft {
            slug: Slug::parse("instagram").expect("a slug"),
            channel: Slug::parse("instagram").expect("a slug"),
            greeting: text("Hi Instagram Fam!"),
            utm: UtmDefaults::default(),
            allowed_origins: Vec::new(),
        }],
    }
}

/// A number that the database answers.
pub async fn count(pool: &PgPool, question: &'static str) -> i64 {
    sqlx::query_scalar(question)
        .fetch_one(pool)
        .await
        .expect("a number")
}

/// Types of the events that wait in the outbox, in their order.
pub async fn outbox(pool: &PgPool) -> Vec<String> {
    let types = sqlx::query_scalar("select event_type from outbox order by seq")
        .fetch_all(pool)
        .await;
    types.expect("the outbox can be read")
}

/// Forgets what waits in the outbox, as if Kafka had taken it.
pub async fn empty_outbox(pool: &PgPool) {
    sqlx::query("delete from outbox")
        .execute(pool)
        .await
        .expect("deleted");
}

/// Changes something behind the service's back.
pub async fn change(pool: &PgPool, statement: &'static str) -> u64 {
    sqlx::query(statement)
        .execute(pool)
        .await
        .expect("changed")
        .rows_affected()
}

/// The token at the end of a link.
pub fn token(link: &str) -> &str {
    link.rsplit('/').next().expect("a link has a path")
}

/// The data of the one event of this type that waits in the outbox.
pub async fn told<P: contracts::Payload>(pool: &PgPool) -> P {
    let payload: Vec<u8> = sqlx::query_scalar("select payload from outbox where event_type = $1")
        .bind(P::TYPE)
        .fetch_one(pool)
        .await
        .expect("one such event");
    serde_json::from_slice(&payload).expect("our own data")
}
