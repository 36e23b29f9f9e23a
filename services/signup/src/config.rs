//! Settings of this service, from the environment or the command line, checked before anything starts.

use std::path::PathBuf;

use clap::Args;
use contracts::{Source, SubjectKey};
use kafka::KafkaConfig;
use postgres::DatabaseConfig;
use secrecy::{ExposeSecret, SecretString};
use settings::{DatabaseArgs, KafkaArgs, RepublishArgs, RepublishSchedule, SettingsError, SubjectKeyArgs};
use url::Url;

use crate::domain::link_token::LinkKeys;
use crate::store::signup_queue::QueueLimits;

/// All that the service is told before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    pub database: DatabaseConfig,
    pub kafka: KafkaConfig,
    /// Whether `migrate` makes missing topics.
    pub create_topics: bool,
    /// Where visitors find this service's pages. Links in mails begin with it.
    pub public_url: Url,
    /// Where visitors ask questions.
    pub contact_url: Url,
    /// What turns an address into a person id; the same in all services.
    pub subject_key: SubjectKey,
    pub link_keys: LinkKeys,
    /// How many signups may wait for the database.
    pub queue: QueueLimits,
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
    /// Address of the pages as visitors see it; links in mails begin with it
    #[arg(long, env = "PUBLIC_URL")]
    public_url: Option<String>,
    /// Address of the contact page; by default `contact` below PUBLIC_URL
    #[arg(long, env = "CONTACT_URL")]
    contact_url: Option<String>,
    #[command(flatten)]
    pub subject_key: SubjectKeyArgs,
    /// Keys of the links in mails, `id:hex` with at least 32 bytes each, comma separated: the first signs, all verify
    #[arg(long, env = "LINK_KEYS", hide_env_values = true)]
    link_keys: Option<SecretString>,
    /// File that holds LINK_KEYS
    #[arg(long, env = "LINK_KEYS_FILE", value_parser = settings::path_or_blank)]
    link_keys_file: Option<PathBuf>,
    #[command(flatten)]
    queue: QueueArgs,
    #[command(flatten)]
    pub republish: RepublishArgs,
}

/// How many signups may wait for the database.
#[derive(Debug, Clone, Args)]
struct QueueArgs {
    /// Signups that may wait for the database; more are answered with 503
    #[arg(long, env = "SIGNUP_QUEUE_ENTRIES", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    signup_queue_entries: u32,
    /// Bytes that those signups may take in memory
    #[arg(long, env = "SIGNUP_QUEUE_BYTES", default_value_t = 16_777_216, value_parser = clap::value_parser!(u32).range(65_536..))]
    signup_queue_bytes: u32,
}

impl Settings {
    /// Checks all settings.
    ///
    /// # Errors
    /// The first that is wrong, by name.
    pub fn resolve(&self) -> Result<Config, SettingsError> {
        let public_url = self.public_url()?;
        Ok(Config {
            database: DatabaseConfig {
                url: self.database.database_url()?,
                max_connections: self.database.database_connections,
                service: Source::Signup.service(),
            },
            kafka: KafkaConfig::from_args(&self.kafka, Source::Signup.service())?,
            create_topics: self.kafka.kafka_create_topics,
            contact_url: self.contact_url(&public_url)?,
            public_url,
            subject_key: self.subject_key.subject_key()?,
            link_keys: self.link_keys()?,
            queue: QueueLimits {
                entries: self.queue.signup_queue_entries as usize,
                bytes: self.queue.signup_queue_bytes as usize,
            },
            republish: self.republish.schedule(),
        })
    }

    fn public_url(&self) -> Result<Url, SettingsError> {
        const NAME: &str = "PUBLIC_URL";
        let raw = self
            .public_url
            .as_deref()
            .ok_or_else(|| SettingsError::new(NAME, "is missing"))?;
        settings::public_url(NAME, raw)
    }

    fn contact_url(&self, public_url: &Url) -> Result<Url, SettingsError> {
        const NAME: &str = "CONTACT_URL";
        let wrong = |error| SettingsError::new(NAME, error);
        let url = match self.contact_url.as_deref() {
            Some(raw) => Url::parse(raw.trim()).map_err(|error| wrong(error.to_string()))?,
            None => public_url
                .join("contact")
                .map_err(|error| wrong(error.to_string()))?,
        };
        if matches!(url.scheme(), "http" | "https") {
            Ok(url)
        } else {
            Err(wrong("must start with https:// or http://".to_owned()))
        }
    }

    fn link_keys(&self) -> Result<LinkKeys, SettingsError> {
        const NAME: &str = "LINK_KEYS";
        let secret = settings::secret(NAME, self.link_keys.clone(), self.link_keys_file.as_deref())?;
        LinkKeys::parse(secret.expose_secret()).map_err(|error| SettingsError::new(NAME, error))
    }
}
