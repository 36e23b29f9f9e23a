//! The engines of this machine, where no others are given.

use std::process::Command;
use std::sync::{Mutex, PoisonError};

use engines::{EngineError, EngineSpec, RunningEngines};
use secrecy::SecretString;

use crate::config::Settings;
use crate::error::Error;
use crate::terminal::say;

/// Where Postgres and Kafka are, whoever runs them.
#[derive(Debug)]
pub struct EngineRoom {
    running: Mutex<Option<RunningEngines>>,
    /// A server on which databases can be created; none where each service was given its own.
    pub postgres: Option<SecretString>,
    pub kafka: String,
}

impl EngineRoom {
    /// Starts the engines that are needed and waits until they answer.
    ///
    /// # Errors
    /// [`EngineError`]: what is missing, or what failed.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        let running = start(settings)?;
        let own = running
            .as_ref()
            .map(RunningEngines::engines)
            .cloned()
            .unwrap_or_default();
        let kafka = settings.kafka_bootstrap_servers.clone().or(own.kafka_bootstrap);
        Ok(Self {
            running: Mutex::new(running),
            postgres: settings
                .database_url
                .clone()
                .or(own.postgres_url.map(SecretString::from)),
            kafka: kafka.ok_or_else(|| EngineError::Failed("Kafka started without an address".to_owned()))?,
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

fn start(settings: &Settings) -> Result<Option<RunningEngines>, Error> {
    let spec = EngineSpec {
        data_dir: settings.data_dir.clone(),
        postgres: settings.needs_postgres(),
        kafka: settings.needs_kafka(),
    };
    if !spec.postgres && !spec.kafka {
        return Ok(None);
    }
    let program = std::env::current_exe()?;
    let mut guard = Command::new(program);
    guard.arg("engine-guard");
    Ok(Some(engines::start(&spec, guard, |doing| {
        say(format_args!("  {doing} …"));
    })?))
}
