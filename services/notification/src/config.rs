//! Settings of this service, from the environment or the command line, checked before anything starts.

mod bounces;
mod dkim;
mod mail;
mod relays;
mod relays_file;
mod sending;

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use contracts::{Source, SubjectKey};
use kafka::KafkaConfig;
use postgres::DatabaseConfig;
use secrecy::SecretString;
use settings::{DatabaseArgs, KafkaArgs, SettingsError, SubjectKeyArgs};

pub use self::bounces::{BounceArgs, LmtpConfig};
pub use self::dkim::DkimArgs;
pub use self::mail::{MailArgs, domain, mailbox};
pub use self::relays::RelayArgs;
use self::relays_file::Defaults;
pub use self::sending::SendingArgs;
use crate::domain::provider::Providers;
use crate::domain::retry::RetryPolicy;
use crate::mail::compose::Sender;
use crate::mail::dkim::Signer;
use crate::mail::relay_plan::RelayPlan;

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
    /// Signs every mail, where there are keys.
    pub signer: Option<Signer>,
    /// One at least.
    pub relays: Vec<RelayPlan>,
    /// For one attempt, from connecting to the last reply. A lease is twice as long.
    pub send_timeout: Duration,
    pub retry: RetryPolicy,
    /// How long the ledger knows an event.
    pub retention: Duration,
    /// Providers whose reports of bounces are believed.
    pub providers: Providers,
    /// Where a mail server delivers bounces, if one does.
    pub lmtp: Option<LmtpConfig>,
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
    #[command(flatten)]
    pub mail: MailArgs,
    #[command(flatten)]
    pub dkim: DkimArgs,
    #[command(flatten)]
    pub relays: RelayArgs,
    #[command(flatten)]
    pub sending: SendingArgs,
    #[command(flatten)]
    pub bounces: BounceArgs,
    /// Days that the ledger remembers a mail; an older event is set aside, since it may have been mailed before
    #[arg(long, env = "LEDGER_RETENTION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(8..=3650))]
    ledger_retention_days: u64,
}

impl Config {
    /// Mails under way at once, each over a connection of its own.
    #[must_use]
    pub fn connections(&self) -> usize {
        let connections = self.relays.iter().map(|plan| usize::from(plan.terms.connections));
        connections.sum()
    }
}

/// What mails are made and sent with, whatever they are owed for.
#[derive(Debug, Clone)]
pub struct Mailing {
    /// Who every mail comes from.
    pub sender: Sender,
    /// Signs every mail, where there are keys.
    pub signer: Option<Signer>,
    /// One at least.
    pub relays: Vec<RelayPlan>,
    /// For one attempt, from connecting to the last reply. A lease is twice as long.
    pub send_timeout: Duration,
}

impl Settings {
    /// Checks the settings that a mail needs, and no others.
    ///
    /// # Errors
    /// The first that is wrong, by name.
    pub fn mailing(&self) -> Result<Mailing, SettingsError> {
        let sender = self.mail.sender(self.bounces.providers()?.echoes())?;
        Ok(Mailing {
            signer: self.dkim.keys()?.map(Signer::new),
            relays: self.relays.relays(Defaults {
                hello: &sender.domain,
                connections: self.sending.smtp_connections,
            })?,
            sender,
            send_timeout: self.sending.timeout(),
        })
    }

    /// Checks all settings.
    ///
    /// # Errors
    /// The first that is wrong, by name.
    pub fn resolve(&self) -> Result<Config, SettingsError> {
        let Mailing {
            sender,
            signer,
            relays,
            send_timeout,
        } = self.mailing()?;
        Ok(Config {
            database: DatabaseConfig {
                url: self.database.database_url()?,
                max_connections: self.database.database_connections,
                service: Source::Notification.service(),
            },
            kafka: KafkaConfig::from_args(&self.kafka, Source::Notification.service())?,
            create_topics: self.kafka.kafka_create_topics,
            subject_key: self.subject_key.subject_key()?,
            sender,
            signer,
            relays,
            send_timeout,
            retry: self.sending.retry(),
            retention: Duration::from_secs(self.ledger_retention_days * DAY),
            providers: self.bounces.providers()?,
            lmtp: self.bounces.lmtp(),
        })
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
