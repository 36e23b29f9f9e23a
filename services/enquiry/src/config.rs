//! Settings of this service, from the environment or the command line, checked before anything starts.

use std::path::{Path, PathBuf};

use clap::Args;
use contracts::{Source, SubjectKey};
use kafka::KafkaConfig;
use postgres::DatabaseConfig;
use settings::{DatabaseArgs, KafkaArgs, RepublishArgs, RepublishSchedule, SettingsError, SubjectKeyArgs};

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
    /// When an event without an outcome is told again.
    pub republish: RepublishSchedule,
}

/// The settings as they are written.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub kafka: KafkaArgs,
    #[command(flatten)]
    pub subject_key: SubjectKeyArgs,
    /// Topics, teams and rules that send a question to a team (TOML)
    #[arg(long, env = "ROUTES_FILE", default_value = "routes.toml")]
    pub routes_file: PathBuf,
    #[command(flatten)]
    pub republish: RepublishArgs,
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
            subject_key: self.subject_key.subject_key()?,
            table: read_routes(&self.routes_file)?,
            republish: self.republish.schedule(),
        })
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
