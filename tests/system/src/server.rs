//! A Postgres server of one test's own, to crash, freeze and start again.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use engines::{EngineSpec, RunningEngines};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::Upstream;
use uuid::Uuid;

use crate::engine_process::{kill_all_in, signal_all_in};

/// A server whose guard starts it again when it dies.
#[derive(Debug)]
pub struct Server {
    data_dir: PathBuf,
    url: String,
    running: Option<RunningEngines>,
}

impl Server {
    /// A new server without databases.
    pub async fn start() -> Self {
        Self::start_in(std::env::temp_dir().join(format!("leadstream-server-{}", Uuid::now_v7().simple())))
            .await
    }

    /// The same, in this folder.
    pub async fn start_in(data_dir: PathBuf) -> Self {
        let spec = EngineSpec {
            data_dir: data_dir.clone(),
            postgres: true,
            kafka: false,
        };
        let guard = || Command::new(testkit::binary("engines", "engine-guard"));
        let start = move || engines::start(&spec, guard(), |_| {});
        let started = tokio::task::spawn_blocking(start).await.expect("a blocking task");
        let running = started.unwrap_or_else(|error| panic!("a server of one's own: {error}"));
        let url = running
            .engines()
            .postgres_url
            .clone()
            .expect("Postgres was asked for");
        Self {
            data_dir,
            url,
            running: Some(running),
        }
    }

    /// Makes an empty database and answers with its URL.
    pub async fn create(&self, name: &str) -> String {
        let mut connection = PgConnection::connect(&self.url)
            .await
            .expect("the server answers");
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::query(create)
            .execute(&mut connection)
            .await
            .expect("the database is made");
        let (server, _) = self.url.rsplit_once('/').expect("a URL names a database");
        format!("{server}/{name}")
    }

    /// The server's socket, for a [`testkit::FaultProxy`] in front of it.
    pub fn upstream(&self) -> Upstream {
        Upstream::Unix(self.folder().join(".s.PGSQL.5432"))
    }

    /// `kill -9` of the server and all its sessions. One that was killed a moment ago is awaited.
    ///
    /// # Panics
    /// When no server comes back to be killed.
    pub async fn crash(&self) {
        kill_all_in(&self.folder()).await;
    }

    /// `kill -9` of one session, as the kernel does when memory runs out. The server ends all others and recovers.
    ///
    /// # Panics
    /// When there is no session of another program.
    pub async fn crash_one_session(&self) {
        let mut connection = PgConnection::connect(&self.url)
            .await
            .expect("the server answers");
        let other = "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";
        let pid: i32 = sqlx::query_scalar(other)
            .fetch_one(&mut connection)
            .await
            .expect("a session");
        let pid = Pid::from_raw(pid).expect("the number of a process");
        kill_process(pid, Signal::KILL).expect("it is killed");
    }

    /// SIGSTOP to the server and all its sessions: connections stay open, nothing answers.
    pub fn pause(&self) {
        signal_all_in(&self.folder(), Signal::STOP);
    }

    /// SIGCONT.
    pub fn resume(&self) {
        signal_all_in(&self.folder(), Signal::CONT);
    }

    fn folder(&self) -> PathBuf {
        self.data_dir.join("postgres")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.resume();
        drop(self.running.take());
        let _nothing_is_lost = fs::remove_dir_all(&self.data_dir);
    }
}
