//! The program `enquiry serve`: what it logs, and how it stops.

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use contracts::signup::PersonErased;
use contracts::{Event, PersonId};
use kafka::{Producer, Record};
use telemetry::TraceParent;
use testkit::{Process, TestDatabase, TestKafka, wait_until};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::test_app::{FORM, ROUTES, SOON, question, stamp_of};

const SECRETS: [&str; 6] = [
    "anna",
    "Anna",
    "discount",
    "example.com",
    "abab",
    "the-secret-key",
];

struct Served {
    process: Process,
    public: String,
    admin: String,
    routes: std::path::PathBuf,
}

impl Served {
    /// Ends it in good order; what it has logged.
    async fn end(mut self) -> String {
        self.process.terminate();
        let status = self.process.exited(Duration::from_secs(30)).await;
        assert!(status.success(), "{status}");
        fs::remove_file(&self.routes).expect("removed");
        self.process.output()
    }
}

/// Two ports that were free a moment ago.
fn free_addresses() -> [String; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("bound").to_string())
}

async fn serve(database: &TestDatabase, kafka: &TestKafka, log_level: &str) -> Served {
    let [public, admin] = free_addresses();
    let routes = std::env::temp_dir().join(format!("routes-{}.toml", Uuid::now_v7()));
    fs::write(&routes, ROUTES).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_enquiry"));
    command
        .env_clear()
        .env("SUBJECT_KEY", "ab".repeat(32))
        .env("DATABASE_URL", database.url())
        .env("KAFKA_BOOTSTRAP_SERVERS", &kafka.bootstrap)
        .env("KAFKA_TOPIC_PREFIX", &kafka.prefix)
        .env("KAFKA_GROUP_PREFIX", &kafka.prefix)
        .env("ROUTES_FILE", &routes)
        .env("PUBLIC_LISTEN", &public)
        .env("ADMIN_LISTEN", &admin)
        .env("ADMIN_TOKEN", "the-secret-key")
        .env("LOG_LEVEL", log_level)
        .arg("serve");
    let served = Served {
        process: Process::start("enquiry", command),
        public: format!("http://{public}"),
        admin: format!("http://{admin}"),
        routes,
    };
    let client = testkit::http_client();
    let ready = async || match client.get(format!("{}/readyz", served.admin)).send().await {
        Ok(response) => response.status() == 200,
        Err(_) => false,
    };
    wait_until("the program is ready", SOON, ready).await;
    served
}

#[tokio::test]
async fn logs_and_metrics_name_nobody_and_a_signal_ends_it_in_good_order() {
    let database = testkit::database("enquiry").await;
    let served = serve(&database, &TestKafka::at("127.0.0.1:1"), "debug").await;
    let client = testkit::http_client();
    let accepted = client
        .post(format!("{}/v1/enquiries", served.public))
        .header("Idempotency-Key", "the-secret-key")
        .json(&question());
    assert_eq!(accepted.send().await.expect("an answer").status(), 202);
    let stamp = stamp_of(time::Duration::minutes(1));
    for name in ["Anna", "Anna https://example.com"] {
        let mut fields = FORM.to_vec();
        fields.extend([("name", name), ("stamp", stamp.as_str())]);
        let sent = client
            .post(format!("{}/contact?email=anna", served.public))
            .form(&fields);
        assert!(sent.send().await.expect("an answer").status().as_u16() < 500);
    }
    let metrics = client
        .get(format!("{}/metrics", served.admin))
        .send()
        .await
        .expect("an answer");
    let metrics = metrics.text().await.expect("metrics");
    assert!(metrics.contains("leadstream_enquiry_submissions_total"));

    let log = served.end().await;
    assert!(log.contains("/v1/enquiries") && log.contains("trace_id"), "{log}");
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret} in {log}");
        assert!(!metrics.contains(secret), "{secret} in {metrics}");
    }
}

/// Breaks on a build whose spans or fields are left out where only warnings are logged.
#[tokio::test]
async fn an_event_that_is_set_aside_is_logged_once_with_its_trace() {
    let (database, kafka) = tokio::join!(testkit::database("enquiry"), testkit::kafka());
    let served = serve(&database, &kafka, "warn").await;
    let erased = PersonErased {
        person_id: PersonId(Uuid::nil()),
        erased_at: OffsetDateTime::now_utc(),
    };
    let trace = TraceParent::new_root();
    let mut poison = Event::new("key", erased.erased_at, &erased).traced(Some(trace.to_string()));
    poison.payload = Some(b"poison".to_vec());
    let id = poison.id.to_string();
    let producer = Producer::new(&kafka.config("test")).expect("a producer");
    let sent = producer.send_all(vec![Record::from(poison)]).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    let letters = kafka.tail("enquiry.dead-letters");
    letters
        .wait_for("the poison", |records| !records.is_empty())
        .await;

    let log = served.end().await;
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(&id)).collect();
    assert_eq!(lines.len(), 1, "{log}");
    let line: serde_json::Value = serde_json::from_str(lines[0]).expect("JSON");
    assert_eq!(line["trace_id"], trace.trace_id().to_string());
    assert_eq!(
        (&line["event_id"], &line["service"]),
        (&id.into(), &"enquiry".into())
    );
}
