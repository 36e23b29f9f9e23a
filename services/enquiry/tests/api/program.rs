//! The program `enquiry serve`: what it logs, and how it stops.

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use testkit::{Process, TestDatabase, wait_until};

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

/// Two ports that were free a moment ago.
fn free_addresses() -> [String; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("bound").to_string())
}

async fn serve(database: &TestDatabase) -> Served {
    let [public, admin] = free_addresses();
    let routes = std::env::temp_dir().join(format!("routes-{}.toml", uuid::Uuid::now_v7()));
    fs::write(&routes, ROUTES).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_enquiry"));
    command
        .env_clear()
        .env("SUBJECT_KEY", "ab".repeat(32))
        .env("DATABASE_URL", database.url())
        .env("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
        .env("ROUTES_FILE", &routes)
        .env("PUBLIC_LISTEN", &public)
        .env("ADMIN_LISTEN", &admin)
        .env("ADMIN_TOKEN", "the-secret-key")
        .env("LOG_LEVEL", "debug")
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
    let mut served = serve(&database).await;
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

    served.process.terminate();
    let status = served.process.exited(Duration::from_secs(30)).await;
    assert!(status.success(), "{status}");
    fs::remove_file(&served.routes).expect("removed");
    let log = served.process.output();
    assert!(log.contains("/v1/enquiries") && log.contains("trace_id"), "{log}");
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret} in {log}");
        assert!(!metrics.contains(secret), "{secret} in {metrics}");
    }
}
