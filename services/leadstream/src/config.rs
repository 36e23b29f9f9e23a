//! Settings of the all-in-one. Everything has a default: `cargo run --release` alone starts it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use settings::{LogArgs, SettingsError};

/// What `leadstream serve` can be told.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Where Postgres, Kafka, mails and generated keys are kept
    #[arg(long, env = "LEADSTREAM_DATA_DIR", default_value = ".leadstream")]
    pub data_dir: PathBuf,
    /// Public pages and API of all three services
    #[arg(long, env = "PUBLIC_LISTEN", default_value = "127.0.0.1:8080")]
    pub public_listen: SocketAddr,
    /// Probes, metrics and the admin API of all three services
    #[arg(long, env = "ADMIN_LISTEN", default_value = "127.0.0.1:8090")]
    pub admin_listen: SocketAddr,
    /// The mailbox: a page to read mails, and Mailpit's API
    #[arg(long, env = "MAILBOX_LISTEN", default_value = "127.0.0.1:8025")]
    pub mailbox_listen: SocketAddr,
    /// The mailbox's SMTP server
    #[arg(long, env = "MAILBOX_SMTP_LISTEN", default_value = "127.0.0.1:1025")]
    pub mailbox_smtp_listen: SocketAddr,
    /// The address that visitors and mails use; by default the public port on this machine
    #[arg(long, env = "PUBLIC_URL")]
    pub public_url: Option<String>,
    /// A Postgres server to use in place of the own one; the three databases are created on it
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// The signup service's database, where it is not on the server of DATABASE_URL
    #[arg(long, env = "SIGNUP_DATABASE_URL", hide_env_values = true)]
    pub signup_database_url: Option<SecretString>,
    /// The enquiry service's database
    #[arg(long, env = "ENQUIRY_DATABASE_URL", hide_env_values = true)]
    pub enquiry_database_url: Option<SecretString>,
    /// The notification service's database
    #[arg(long, env = "NOTIFICATION_DATABASE_URL", hide_env_values = true)]
    pub notification_database_url: Option<SecretString>,
    /// Kafka brokers to use in place of the own one, host:port, comma separated
    #[arg(long, env = "KAFKA_BOOTSTRAP_SERVERS")]
    pub kafka_bootstrap_servers: Option<String>,
    /// Create the topics that are missing
    #[arg(long, env = "KAFKA_CREATE_TOPICS", action = clap::ArgAction::Set, default_value_t = true)]
    pub kafka_create_topics: bool,
    /// An SMTP server that takes the mails in place of the mailbox
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,
    /// Sender of every mail
    #[arg(
        long,
        env = "MAIL_FROM",
        default_value = "System Design Course <hello@course.example>"
    )]
    pub mail_from: String,
    /// Domain of Message-IDs and bounce addresses
    #[arg(long, env = "MAIL_DOMAIN", default_value = "course.example")]
    pub mail_domain: String,
    /// Folder whose subfolders are offers; by default the demo's, written into the data directory
    #[arg(long, env = "OFFERS_DIR")]
    pub offers_dir: Option<PathBuf>,
    /// Rules that send enquiries to teams; by default the demo's, written into the data directory
    #[arg(long, env = "ROUTES_FILE")]
    pub routes_file: Option<PathBuf>,
    /// Rate limits per client address; off only for benchmarks
    #[arg(
        long = "rate-limit",
        env = "LEADSTREAM_RATE_LIMIT",
        value_enum,
        default_value = "on"
    )]
    pub rate_limit: settings::Switch,
    #[command(flatten)]
    pub log: LogArgs,
}

impl Settings {
    /// Whether the own Postgres is needed: some service has no database given.
    pub fn needs_postgres(&self) -> bool {
        let own = [
            &self.signup_database_url,
            &self.enquiry_database_url,
            &self.notification_database_url,
        ];
        self.database_url.is_none() && own.iter().any(|url| url.is_none())
    }

    /// Whether the own Kafka broker is needed.
    pub fn needs_kafka(&self) -> bool {
        self.kafka_bootstrap_servers.is_none()
    }

    /// The address that visitors and mails use.
    ///
    /// # Errors
    /// When `PUBLIC_URL` is not an http or https URL.
    pub fn public_url(&self) -> Result<url::Url, SettingsError> {
        let default = format!("http://{}", self.public_listen);
        settings::public_url("PUBLIC_URL", self.public_url.as_deref().unwrap_or(&default))
    }
}
