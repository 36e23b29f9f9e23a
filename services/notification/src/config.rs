//! Settings of this service, from the environment or the command line, checked before anything starts.

mod mail;
mod relays;
mod sending;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use contracts::{Source, SubjectKey};
use kafka::KafkaConfig;
use postgres::DatabaseConfig;
use secrecy::{ExposeSecret, SecretString};
use settings::{DatabaseArgs, KafkaArgs, SettingsError};

pub use self::mail::{MailArgs, domain, mailbox};
pub use self::relays::RelayArgs;
pub use self::sending::SendingArgs;
use crate::domain::retry::RetryPolicy;
use crate::mail::compose::Sender;
use crate::mail::relay::Relay;

const DAY: u64 = 24 * 3600;

/// All that the service is told before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    pub database: DatabaseConfig,
    pub kafka: KafkaConfig,
    /// Whether `migrate` makes missing topics.
    pub create_topics: bool,
    /// What turns an address into a person id; the same in all services.
    pub subject_key: SubjectKey,
    /// Who every mail comes from.
    pub sender: Sender,
    pub relay: Relay,
    /// Mails under way at once, each over a connection of its own.
    pub connections: u16,
    /// For one attempt, from connecting to the last reply. A lease is twice as long.
    pub send_timeout: Duration,
    pub retry: RetryPolicy,
    /// How long the ledger knows an event.
    pub retention: Duration,
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
    #[command(flatten)]
    pub mail: MailArgs,
    #[command(flatten)]
    pub relays: RelayArgs,
    #[command(flatten)]
    pub sending: SendingArgs,
    /// Days that the ledger remembers a mail; an older event is set aside, since it may have been mailed before
    #[arg(long, env = "LEDGER_RETENTION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(8..=3650))]
    ledger_retention_days: u64,
}

impl Settings {
    /// Checks all settings.
    ///
    /// # Errors
    /// The first that is wrong, by name.
    pub fn resolve(&self) -> Result<Config, SettingsError> {
        let sender = self.mail.sender()?;
        Ok(Config {
            database: DatabaseConfig {
                url: self.database.database_url()?,
                max_connections: self.database.database_connections,
                service: Source::Notification.service(),
            },
            kafka: KafkaConfig::from_args(&self.kafka, Source::Notification.service())?,
            create_topics: self.kafka.kafka_create_topics,
            subject_key: self.subject_key()?,
            relay: self.relays.relay(&sender.domain)?,
            sender,
            connections: self.sending.smtp_connections,
            send_timeout: self.sending.timeout(),
            retry: self.sending.retry(),
            retention: Duration::from_secs(self.ledger_retention_days * DAY),
        })
    }

    fn subject_key(&self) -> Result<SubjectKey, SettingsError> {
        let secret = secret(
            "SUBJECT_KEY",
            self.subject_key.as_ref(),
            self.subject_key_file.as_deref(),
        )?;
        SubjectKey::parse(secret.expose_secret()).map_err(wrong("SUBJECT_KEY"))
    }
}

fn required<'a>(name: &'static str, text: Option<&'a str>) -> Result<&'a str, SettingsError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.ok_or_else(|| SettingsError::new(name, "is missing"))
}

fn secret(
    name: &'static str,
    value: Option<&SecretString>,
    file: Option<&Path>,
) -> Result<SecretString, SettingsError> {
    settings::secret(name, value.cloned(), file)
}

fn wrong<E: Display>(name: &'static str) -> impl FnOnce(E) -> SettingsError {
    move |error| SettingsError::new(name, error)
}
