//! The engines of this machine, where no others are given.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use engines::{EngineError, EngineSpec, RunningEngines};
use program::Failure;
use secrecy::SecretString;
use settings::exit_code;

use crate::config::{Given, Settings};
use crate::databases::Server;
use crate::terminal::say;

/// Where Postgres and Kafka are, whoever runs them.
#[derive(Debug)]
pub struct EngineRoom {
    running: Mutex<Option<RunningEngines>>,
    /// A server on which databases can be created; none where each service was given its own.
    pub postgres: Option<Server>,
    pub kafka: String,
}

impl EngineRoom {
    /// Starts the engines that are needed and waits until they answer.
    ///
    /// # Errors
    /// What is missing (69), or what failed.
    pub fn open(settings: &Settings, given: &Given) -> Result<Self, Failure> {
        let running = start(settings, given)?;
        let own = running
            .as_ref()
            .map(RunningEngines::engines)
            .cloned()
            .unwrap_or_default();
        let given_server = given.server.clone().map(Server::given);
        let own_server = || own.postgres_url.map(SecretString::from).map(Server::own);
        let kafka = settings.kafka_bootstrap_servers.clone().or(own.kafka_bootstrap);
        Ok(Self {
            running: Mutex::new(running),
            postgres: given_server.or_else(own_server),
            kafka: kafka
                .ok_or_else(|| Failure::new(exit_code::SOFTWARE, "Kafka started without an address"))?,
        })
    }

    /// Whether the engines that were started here are gone for good: somebody has killed their guard.
    pub fn is_lost(&self) -> bool {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_mut().is_some_and(RunningEngines::guard_has_died)
    }

    /// Stops the engines that were started here.
    pub fn close(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running {
            running.stop();
        }
    }
}

fn start(settings: &Settings, given: &Given) -> Result<Option<RunningEngines>, Failure> {
    let spec = EngineSpec {
        data_dir: settings.data_dir.clone(),
        postgres: given.needs_postgres(),
        kafka: settings.kafka_bootstrap_servers.is_none(),
    };
    if !spec.postgres && !spec.kafka {
        return Ok(None);
    }
    let program = std::env::current_exe()?;
    let mut guard = Command::new(program);
    guard.arg("engine-guard");
    let started = engines::start(&spec, guard, |doing| {
        say(format_args!("  {doing} …"));
    });
    started.map(Some).map_err(|error| match error {
        EngineError::Missing(_) => Failure::new(exit_code::UNAVAILABLE, error),
        error => Failure::caused_by(exit_code::SOFTWARE, &error),
    })
}
