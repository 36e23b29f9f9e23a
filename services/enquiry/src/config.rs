//! Settings of this service, from the environment or the command line, checked before anything starts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use contracts::{Source, SubjectKey};
use kafka::KafkaConfig;
use postgres::DatabaseConfig;
use secrecy::{ExposeSecret, SecretString};
use settings::{DatabaseArgs, KafkaArgs, SettingsError};

use crate::domain::delivery::Republishing;
use crate::domain::route::RoutingTable;
use crate::domain::routes_file;
use crate::error::Error;

/// All that the service is told before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    pub database: DatabaseConfig,
    pub kafka: KafkaConfig,
    /// Whether `migrate` makes missing topics.
    pub create_topics: bool,
    /// What turns an address into a person id; the same in all services.
    pub subject_key: SubjectKey,
    /// Topics, teams and rules; read at the start only.
    pub table: RoutingTable,
    pub republishing: Republishing,
}

/// The settings as they are written.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Secret of at least 32 bytes, hex or base64, that turns addresses into ids; the same for all services
    #[arg(long, env = "SUBJECT_KEY", hide_env_values = true)]
    subject_key: Option<SecretString>,
    /// File that holds SUBJECT_KEY
    #[arg(long, env = "SUBJECT_KEY_FILE", value_parser = settings::path_or_blank)]
    subject_key_file: Option<PathBuf>,
    /// Topics, teams and rules that send a question to a team (TOML)
    #[arg(long, env = "ROUTES_FILE", default_value = "routes.toml")]
    pub routes_file: PathBuf,
    #[command(flatten)]
    republishing: RepublishingArgs,
}

/// When events that nobody answered are published again.
#[derive(Debug, Clone, Args)]
struct RepublishingArgs {
    /// Seconds before an event without an answer is published again; each later wait is twice as long
    #[arg(long, env = "REPUBLISH_FIRST_WAIT_SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    republish_first_wait_seconds: u64,
    /// Seconds to wait once notification has told that it knows of the mail
    #[arg(long, env = "REPUBLISH_KNOWN_WAIT_SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(1..=864_000))]
    republish_known_wait_seconds: u64,
    /// After so many times an enquiry is stuck
    #[arg(long, env = "REPUBLISH_TRIES", default_value_t = 10, value_parser = clap::value_parser!(i16).range(1..=20))]
    republish_tries: i16,
    /// Most events in one go
    #[arg(long, env = "REPUBLISH_PER_TICK", default_value_t = 200, value_parser = clap::value_parser!(i64).range(1..=5_000))]
    republish_per_tick: i64,
    /// Seconds between two looks for such events
    #[arg(long, env = "REPUBLISH_TICK_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    republish_tick_seconds: u64,
}

impl Settings {
    /// Checks all settings and reads the routes file.
    ///
    /// # Errors
    /// The first that is wrong, by name.
    pub fn resolve(&self) -> Result<Config, Error> {
        Ok(Config {
            database: DatabaseConfig {
                url: self.database.database_url()?,
                max_connections: self.database.database_connections,
                service: Source::Enquiry.service(),
            },
            kafka: KafkaConfig::from_args(&self.kafka, Source::Enquiry.service())?,
            create_topics: self.kafka.kafka_create_topics,
            subject_key: self.subject_key()?,
            table: read_routes(&self.routes_file)?,
            republishing: self.republishing.resolve(),
        })
    }

    fn subject_key(&self) -> Result<SubjectKey, SettingsError> {
        const NAME: &str = "SUBJECT_KEY";
        let secret = settings::secret(NAME, self.subject_key.clone(), self.subject_key_file.as_deref())?;
        SubjectKey::parse(secret.expose_secret()).map_err(|error| SettingsError::new(NAME, error))
    }
}

impl RepublishingArgs {
    fn resolve(&self) -> Republishing {
        Republishing {
            first_wait: Duration::from_secs(self.republish_first_wait_seconds),
            known_wait: Duration::from_secs(self.republish_known_wait_seconds),
            tries: self.republish_tries,
            per_tick: self.republish_per_tick,
            tick: Duration::from_secs(self.republish_tick_seconds),
        }
    }
}

/// Reads a routes file.
///
/// # Errors
/// A setting that names no readable file, or every mistake in it with its line.
pub fn read_routes(file: &Path) -> Result<RoutingTable, Error> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| SettingsError::new("ROUTES_FILE", format!("({name}) cannot be read: {error}")))?;
    Ok(routes_file::parse(&name, &text)?)
}
