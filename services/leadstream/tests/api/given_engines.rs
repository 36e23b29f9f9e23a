//! Engines that others run, in place of the program's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use engines::{EngineSpec, RunningEngines};
use sqlx::{Connection as _, PgConnection};
use testkit::{TestDatabase, empty_database, kafka};

use crate::installation::Installation;

/// A Postgres server that stands for one on another machine: what is created on it is seen by one test alone.
struct Server {
    folder: PathBuf,
    running: Option<RunningEngines>,
}

impl Server {
    fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("leadstream-server-of-{name}-{}", std::process::id()));
        let spec = EngineSpec {
            data_dir: folder.clone(),
            postgres: true,
            kafka: false,
        };
        let guard = Command::new(testkit::binary("engines", "engine-guard"));
        let running =
            engines::start(&spec, guard, |_| {}).unwrap_or_else(|error| panic!("a server: {error}"));
        Self {
            folder,
            running: Some(running),
        }
    }

    fn url(&self) -> String {
        let engines = self.running.as_ref().map(RunningEngines::engines);
        engines
            .and_then(|engines| engines.postgres_url.clone())
            .expect("Postgres was asked for")
    }

    async fn run(&self, statement: &'static str) {
        let mut connection = PgConnection::connect(&self.url())
            .await
            .expect("the server answers");
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .expect("the statement is right");
    }

    async fn databases(&self) -> Vec<String> {
        let mut connection = PgConnection::connect(&self.url())
            .await
            .expect("the server answers");
        let names = "select datname::text from pg_database where datname not in ('postgres', 'template0', 'template1') \
                     order by datname";
        sqlx::query_scalar(names)
            .fetch_all(&mut connection)
            .await
            .expect("the server knows its databases")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.running.take());
        let _nothing_is_lost = std::fs::remove_dir_all(&self.folder);
    }
}

/// A signup and a question are mailed.
async fn the_main_job_works(here: &Installation) {
    assert_eq!(here.sign_up("vera@example.com").await, 202);
    assert_eq!(here.ask("asks@example.com").await, 202);
    for address in ["vera@example.com", "asks@example.com", "sales@course.example"] {
        here.wait_for_mail_to(address).await;
    }
}

fn has_data_of(here: &Installation, engine: &str) -> bool {
    Path::new(&here.data_dir).join(engine).exists()
}

async fn signups_in(database: &TestDatabase) -> i64 {
    sqlx::query_scalar("select count(*) from signups")
        .fetch_one(database.pool())
        .await
        .expect("the signups are there")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_server_replaces_postgres_and_its_other_databases_are_left_alone() {
    let server = tokio::task::spawn_blocking(|| Server::start("given"))
        .await
        .expect("a server starts");
    server.run("create database signup").await;
    let here = Installation::new("given-server");

    let process = here.start_with(&[("DATABASE_URL", server.url())]).await;

    the_main_job_works(&here).await;
    assert_eq!(
        server.databases().await,
        [
            "leadstream_enquiry",
            "leadstream_notification",
            "leadstream_signup",
            "signup"
        ]
    );
    assert!(!has_data_of(&here, "postgres"), "no Postgres was started");
    assert!(has_data_of(&here, "kafka"), "Kafka is still the program's own");
    drop(process);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_brokers_replace_kafka() {
    let kafka = kafka().await;
    let here = Installation::new("given-kafka");

    let process = here
        .start_with(&[
            ("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap.clone()),
            ("KAFKA_TOPIC_PREFIX", kafka.prefix.clone()),
            ("KAFKA_GROUP_PREFIX", kafka.prefix.clone()),
        ])
        .await;

    the_main_job_works(&here).await;
    kafka
        .tail("signup.events")
        .wait_for("the signup's event", |events| !events.is_empty())
        .await;
    assert!(!has_data_of(&here, "kafka"), "no broker was started");
    assert!(
        has_data_of(&here, "postgres"),
        "Postgres is still the program's own"
    );
    drop(process);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_three_databases_and_brokers_given_no_engine_is_started() {
    let kafka = kafka().await;
    let (signup, enquiry, notification) = (
        empty_database().await,
        empty_database().await,
        empty_database().await,
    );
    let here = Installation::new("given-all");

    let process = here
        .start_with(&[
            ("SIGNUP_DATABASE_URL", signup.url()),
            ("ENQUIRY_DATABASE_URL", enquiry.url()),
            ("NOTIFICATION_DATABASE_URL", notification.url()),
            ("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrap.clone()),
            ("KAFKA_TOPIC_PREFIX", kafka.prefix.clone()),
            ("KAFKA_GROUP_PREFIX", kafka.prefix.clone()),
        ])
        .await;

    the_main_job_works(&here).await;
    assert_eq!(signups_in(&signup).await, 1);
    assert_eq!(here.engines(), 0, "nothing runs on this data directory");
    drop(process);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_somebody_else_is_refused_with_a_sentence_that_says_which_and_why() {
    let kafka = kafka().await;
    let foreign = empty_database().await;
    sqlx::query("create table customers (name text)")
        .execute(foreign.pool())
        .await
        .expect("the table is made");
    let here = Installation::new("foreign-tables");
    let mut command = here.command();
    command.env("KAFKA_BOOTSTRAP_SERVERS", &kafka.bootstrap);
    command.env("KAFKA_TOPIC_PREFIX", &kafka.prefix);
    for setting in [
        "SIGNUP_DATABASE_URL",
        "ENQUIRY_DATABASE_URL",
        "NOTIFICATION_DATABASE_URL",
    ] {
        command.env(setting, foreign.url());
    }

    let output = tokio::task::spawn_blocking(move || command.output()).await;

    let output = output.expect("a blocking task").expect("it runs");
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{words}");
    assert!(
        words.contains("holds tables that Leadstream did not make (customers)"),
        "{words}"
    );
}
