//! A Kafka broker of one test's own, to stop, start, and rob of its log.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use engines::{EngineSpec, RunningEngines};
use kafka::{KafkaConfig, Security};
use rustix::process::Signal;
use uuid::Uuid;

use crate::engine_process::{kill_all_in, signal_all_in};

/// How a cluster that lost its log calls itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cluster {
    /// By an id of its own.
    Anew,
    /// By the id that it had: a broker whose volume was replaced.
    AsBefore,
}

/// A broker that keeps its address and, unless it is robbed, its log.
#[derive(Debug)]
pub struct Broker {
    data_dir: PathBuf,
    bootstrap: String,
    running: Option<RunningEngines>,
}

impl Broker {
    /// A new broker without topics.
    pub async fn start() -> Self {
        Self::start_in(std::env::temp_dir().join(format!("leadstream-broker-{}", Uuid::now_v7().simple())))
            .await
    }

    /// The same, in this folder.
    pub async fn start_in(data_dir: PathBuf) -> Self {
        let running = run(data_dir.clone()).await;
        let bootstrap = running
            .engines()
            .kafka_bootstrap
            .clone()
            .expect("Kafka was asked for");
        Self {
            data_dir,
            bootstrap,
            running: Some(running),
        }
    }

    /// `host:port`.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// What a client needs to use it.
    pub fn config(&self) -> KafkaConfig {
        KafkaConfig {
            bootstrap_servers: self.bootstrap.clone(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            client_id: "test",
            security: Security::default(),
        }
    }

    /// Stops it; its log stays.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            let stopped = tokio::task::spawn_blocking(move || running.stop()).await;
            stopped.expect("the broker stops");
        }
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When its port was taken meanwhile.
    pub async fn start_again(&mut self) {
        let running = run(self.data_dir.clone()).await;
        assert_eq!(
            running.engines().kafka_bootstrap.as_deref(),
            Some(self.bootstrap.as_str())
        );
        self.running = Some(running);
    }

    /// `kill -9`; its guard starts it again. One that was killed a moment ago is awaited.
    ///
    /// # Panics
    /// When no broker comes back to be killed.
    pub async fn crash(&self) {
        kill_all_in(&self.folder()).await;
    }

    /// SIGSTOP: connections stay open, nothing answers.
    pub fn pause(&self) {
        signal_all_in(&self.folder(), Signal::STOP);
    }

    /// SIGCONT.
    pub fn resume(&self) {
        signal_all_in(&self.folder(), Signal::CONT);
    }

    fn folder(&self) -> PathBuf {
        self.data_dir.join("kafka")
    }

    /// Whether it was not stopped.
    pub fn is_started(&self) -> bool {
        self.running.is_some()
    }

    /// Deletes the whole log of the stopped broker: every topic, every record, every offset. The port is kept.
    pub fn lose_log(&mut self, cluster: Cluster) {
        assert!(self.running.is_none(), "only a stopped broker can lose its log");
        let data = self.folder().join("data");
        if cluster == Cluster::Anew {
            return fs::remove_dir_all(&data).expect("the log is there");
        }
        for entry in fs::read_dir(&data).expect("the log is there") {
            let path = entry.expect("a part of the log").path();
            let kept = path.ends_with("meta.properties") || path.ends_with("bootstrap.checkpoint");
            match path.is_dir() {
                true => fs::remove_dir_all(path).expect("a topic is deleted"),
                false if kept => {}
                false => fs::remove_file(path).expect("a checkpoint is deleted"),
            }
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.resume();
        drop(self.running.take());
        let _nothing_is_lost = fs::remove_dir_all(&self.data_dir);
    }
}

async fn run(data_dir: PathBuf) -> RunningEngines {
    let start = move || {
        let spec = EngineSpec {
            data_dir,
            postgres: false,
            kafka: true,
        };
        engines::start(
            &spec,
            Command::new(testkit::binary("engines", "engine-guard")),
            |_| {},
        )
    };
    let started = tokio::task::spawn_blocking(start).await.expect("a blocking task");
    started.unwrap_or_else(|error| panic!("a broker of one's own: {error}"))
}
