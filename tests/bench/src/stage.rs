//! Where the measured programs live: engines of this run alone, migrated databases, offers, and a relay.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use engines::{EngineSpec, Engines, RunningEngines};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::error::BenchError;
use crate::processes::Processes;
use crate::program;
use crate::services::Services;
use crate::sink::Sink;

const POLL: Duration = Duration::from_millis(20);

/// The engines, and what the services need. Everything goes with this value.
#[derive(Debug)]
pub struct Stage {
    pub folder: PathBuf,
    pub sink: Sink,
    pub services: Services,
    postgres: String,
    kafka: String,
    postgres_pid: u32,
    running: Option<RunningEngines>,
}

/// CPU seconds.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    pub program: f64,
    pub postgres: f64,
}

impl Cpu {
    /// What was spent since, in microseconds for each of so many.
    pub fn micros_since(self, before: Self, each_of: f64) -> Self {
        let micros = |spent: f64| spent * 1e6 / each_of;
        Self {
            program: micros(self.program - before.program),
            postgres: micros(self.postgres - before.postgres),
        }
    }

    /// Both together.
    pub fn sum(self) -> f64 {
        self.program + self.postgres
    }
}

impl Stage {
    /// Starts the engines, migrates the databases and publishes the offers; no service runs yet.
    ///
    /// # Errors
    /// When something of that fails.
    pub async fn set() -> Result<Self, BenchError> {
        let folder = std::env::temp_dir().join(format!("leadstream-bench-{}", Uuid::now_v7().simple()));
        let running = start_engines(folder.clone()).await?;
        let Engines {
            postgres_url,
            kafka_bootstrap,
        } = running.engines().clone();
        let missing = || BenchError::Program("an engine has no address".to_owned());
        let (postgres, kafka) = (
            postgres_url.ok_or_else(missing)?,
            kafka_bootstrap.ok_or_else(missing)?,
        );
        let sink = Sink::start().await?;
        let services = Services::new(&folder, &postgres, &kafka, sink.address)?;
        let postgres_pid = Processes::read()?
            .named("postgres", std::process::id())
            .ok_or_else(|| BenchError::Program("the Postgres of this run is not found".to_owned()))?;
        let stage = Self {
            folder,
            sink,
            services,
            postgres,
            kafka,
            postgres_pid,
            running: Some(running),
        };
        stage.prepare().await?;
        Ok(stage)
    }

    async fn prepare(&self) -> Result<(), BenchError> {
        let mut admin = self.connection("postgres").await?;
        for name in ["signup", "enquiry", "notification", "naive"] {
            let create = AssertSqlSafe(format!("create database {name}"));
            sqlx::query(create).execute(&mut admin).await?;
        }
        self.services.migrate()?;
        self.services.publish_offers(&self.folder)
    }

    /// A connection to a database of this run.
    ///
    /// # Errors
    /// What Postgres says.
    pub async fn connection(&self, database: &str) -> Result<PgConnection, BenchError> {
        Ok(PgConnection::connect(&self.url(database)).await?)
    }

    /// URL of a database of this run.
    pub fn url(&self, database: &str) -> String {
        url_of(&self.postgres, database)
    }

    /// The brokers of this run.
    pub fn kafka(&self) -> &str {
        &self.kafka
    }

    /// Attempts of the ledger by which a mail was accepted.
    ///
    /// # Errors
    /// What Postgres says.
    pub async fn accepted_attempts(&self) -> Result<i64, BenchError> {
        let mut ledger = self.connection("notification").await?;
        let count = sqlx::query_scalar("select count(*) from attempts where outcome = 'accepted'");
        Ok(count.fetch_one(&mut ledger).await?)
    }

    /// From the first of the last so many accepted attempts to the last.
    ///
    /// # Errors
    /// What Postgres says.
    pub async fn span_of_attempts(&self, count: i64) -> Result<Duration, BenchError> {
        let mut ledger = self.connection("notification").await?;
        let seconds: f64 = sqlx::query_scalar(
            "select extract(epoch from max(finished_at) - min(finished_at))::float8
             from (select finished_at from attempts where outcome = 'accepted' order by finished_at desc limit $1) as last",
        )
        .bind(count)
        .fetch_one(&mut ledger)
        .await?;
        Ok(Duration::from_secs_f64(seconds))
    }

    /// CPU seconds of a program and of Postgres so far.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn cpu(&self, program: u32) -> Result<Cpu, BenchError> {
        let all = Processes::read()?;
        Ok(Cpu {
            program: all.cpu_of_tree(program),
            postgres: all.cpu_of_tree(self.postgres_pid),
        })
    }

    /// Waits until the signup service has published everything.
    ///
    /// # Errors
    /// When that takes longer than `patience`.
    pub async fn outbox_is_empty(&self, patience: Duration) -> Result<(), BenchError> {
        let mut signup = self.connection("signup").await?;
        let end = Instant::now() + patience;
        loop {
            let waiting: bool = sqlx::query_scalar("select exists (select from outbox)")
                .fetch_one(&mut signup)
                .await?;
            if !waiting {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(BenchError::TooLate("the outbox is empty"));
            }
            sleep(POLL).await;
        }
    }

    /// A checkpoint now, so that none that an earlier load is to blame for falls into the next one.
    ///
    /// # Errors
    /// What Postgres says.
    pub async fn checkpoint(&self) -> Result<(), BenchError> {
        let mut admin = self.connection("postgres").await?;
        sqlx::query("checkpoint").execute(&mut admin).await?;
        Ok(())
    }

    /// Waits until so many mails of signups from this number on were taken.
    ///
    /// # Errors
    /// When that takes longer than `patience`.
    pub async fn mails_are_taken(
        &self,
        since: u64,
        count: u64,
        patience: Duration,
    ) -> Result<(), BenchError> {
        let end = Instant::now() + patience;
        while self.sink.journal.mails_since(since).count < count {
            if Instant::now() > end {
                return Err(BenchError::TooLate("every mail is taken"));
            }
            sleep(POLL).await;
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.running.take());
        let _nothing_is_lost = fs::remove_dir_all(&self.folder);
    }
}

/// The URL of another database on the same server.
pub fn url_of(server: &str, database: &str) -> String {
    let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
    format!("{server}/{database}")
}

async fn start_engines(data_dir: PathBuf) -> Result<RunningEngines, BenchError> {
    let guard = program::folder()?.join("engine-guard");
    let start = move || {
        let spec = EngineSpec {
            data_dir,
            postgres: true,
            kafka: true,
        };
        engines::start(&spec, Command::new(guard), |_| {})
    };
    let started = tokio::task::spawn_blocking(start).await;
    Ok(started.map_err(|_| BenchError::Died("the start of the engines"))??)
}
