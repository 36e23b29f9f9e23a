//! Settings of the all-in-one. Everything has a default: `cargo run --release` alone starts it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use program::ServeArgs;
use secrecy::SecretString;
use settings::{DatabaseArgs, SettingsError, optional_secret, path_or_blank};
use url::Url;

const PUBLIC: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const ADMIN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8090);

/// What `leadstream serve` can be told. What a service can be told besides comes from the same environment.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Where Postgres, Kafka, mails and generated keys are kept
    #[arg(long, env = "LEADSTREAM_DATA_DIR", default_value = ".leadstream")]
    pub data_dir: PathBuf,
    /// The mailbox: a page to read mails, and Mailpit's API
    #[arg(long, env = "MAILBOX_LISTEN", default_value = "127.0.0.1:8025")]
    pub mailbox_listen: SocketAddr,
    /// The mailbox's SMTP server
    #[arg(long, env = "MAILBOX_SMTP_LISTEN", default_value = "127.0.0.1:1025")]
    pub mailbox_smtp_listen: SocketAddr,
    /// The address that visitors and mails use; by default the public port on this machine
    #[arg(long, env = "PUBLIC_URL")]
    public_url: Option<String>,
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
    /// Kafka brokers to use in place of the own one, host:port, comma separated
    #[arg(long, env = "KAFKA_BOOTSTRAP_SERVERS")]
    pub kafka_bootstrap_servers: Option<String>,
    /// Create the topics that are missing
    #[arg(long, env = "KAFKA_CREATE_TOPICS", action = clap::ArgAction::Set, default_value_t = true)]
    pub kafka_create_topics: bool,
    /// A Postgres server (DATABASE_URL) to use in place of the own one; the three databases are created on it
    #[command(flatten)]
    pub server: DatabaseArgs,
    #[command(flatten)]
    pub databases: DatabaseUrls,
    #[command(flatten)]
    pub secrets: Secrets,
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// Databases that are not on the server of `DATABASE_URL`.
#[derive(Debug, Clone, Args)]
pub struct DatabaseUrls {
    /// The signup service's database
    #[arg(long, env = "SIGNUP_DATABASE_URL", hide_env_values = true)]
    signup_database_url: Option<SecretString>,
    /// File that holds SIGNUP_DATABASE_URL
    #[arg(long, env = "SIGNUP_DATABASE_URL_FILE", value_parser = path_or_blank)]
    signup_database_url_file: Option<PathBuf>,
    /// The enquiry service's database
    #[arg(long, env = "ENQUIRY_DATABASE_URL", hide_env_values = true)]
    enquiry_database_url: Option<SecretString>,
    /// File that holds ENQUIRY_DATABASE_URL
    #[arg(long, env = "ENQUIRY_DATABASE_URL_FILE", value_parser = path_or_blank)]
    enquiry_database_url_file: Option<PathBuf>,
    /// The notification service's database
    #[arg(long, env = "NOTIFICATION_DATABASE_URL", hide_env_values = true)]
    notification_database_url: Option<SecretString>,
    /// File that holds NOTIFICATION_DATABASE_URL
    #[arg(long, env = "NOTIFICATION_DATABASE_URL_FILE", value_parser = path_or_blank)]
    notification_database_url_file: Option<PathBuf>,
}

/// Secrets that are made by the program where they are not given.
#[derive(Debug, Clone, Args)]
pub struct Secrets {
    /// An SMTP server that takes the mails in place of the mailbox
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    smtp_url: Option<SecretString>,
    /// File that holds SMTP_URL
    #[arg(long, env = "SMTP_URL_FILE", value_parser = path_or_blank)]
    smtp_url_file: Option<PathBuf>,
    /// Turns addresses into person ids; made once and kept in the data directory if it is not given
    #[arg(long, env = "SUBJECT_KEY", hide_env_values = true)]
    subject_key: Option<SecretString>,
    /// File that holds SUBJECT_KEY
    #[arg(long, env = "SUBJECT_KEY_FILE", value_parser = path_or_blank)]
    subject_key_file: Option<PathBuf>,
    /// Keys of the links in mails; made once if they are not given
    #[arg(long, env = "LINK_KEYS", hide_env_values = true)]
    link_keys: Option<SecretString>,
    /// File that holds LINK_KEYS
    #[arg(long, env = "LINK_KEYS_FILE", value_parser = path_or_blank)]
    link_keys_file: Option<PathBuf>,
    /// Signs the return path of mails; made once if it is not given
    #[arg(long, env = "BOUNCE_KEY", hide_env_values = true)]
    bounce_key: Option<SecretString>,
    /// File that holds BOUNCE_KEY
    #[arg(long, env = "BOUNCE_KEY_FILE", value_parser = path_or_blank)]
    bounce_key_file: Option<PathBuf>,
}

/// The secrets that were given, whichever way.
#[derive(Debug, Clone)]
pub struct Given {
    pub server: Option<SecretString>,
    pub signup_database: Option<SecretString>,
    pub enquiry_database: Option<SecretString>,
    pub notification_database: Option<SecretString>,
    pub smtp_url: Option<SecretString>,
    pub subject_key: Option<SecretString>,
    pub link_keys: Option<SecretString>,
    pub bounce_key: Option<SecretString>,
    pub admin_token: Option<SecretString>,
}

impl Settings {
    /// Reads the secrets that were given as values or files.
    ///
    /// # Errors
    /// A secret that is given twice, or a file that cannot be read.
    pub fn given(&self) -> Result<Given, SettingsError> {
        let read = |name: &str, value: &Option<SecretString>, file: &Option<PathBuf>| {
            optional_secret(name, value.clone(), file.as_deref())
        };
        let (d, s) = (&self.databases, &self.secrets);
        Ok(Given {
            server: self.server.optional_database_url()?,
            signup_database: read(
                "SIGNUP_DATABASE_URL",
                &d.signup_database_url,
                &d.signup_database_url_file,
            )?,
            enquiry_database: read(
                "ENQUIRY_DATABASE_URL",
                &d.enquiry_database_url,
                &d.enquiry_database_url_file,
            )?,
            notification_database: read(
                "NOTIFICATION_DATABASE_URL",
                &d.notification_database_url,
                &d.notification_database_url_file,
            )?,
            smtp_url: read("SMTP_URL", &s.smtp_url, &s.smtp_url_file)?,
            subject_key: read("SUBJECT_KEY", &s.subject_key, &s.subject_key_file)?,
            link_keys: read("LINK_KEYS", &s.link_keys, &s.link_keys_file)?,
            bounce_key: read("BOUNCE_KEY", &s.bounce_key, &s.bounce_key_file)?,
            admin_token: self.serve.http.admin_token()?,
        })
    }

    /// Public pages and API of all three services.
    pub fn public_listen(&self) -> SocketAddr {
        self.serve.http.public_listen.unwrap_or(PUBLIC)
    }

    /// Probes, metrics and the admin API of all three services.
    pub fn admin_listen(&self) -> SocketAddr {
        self.serve.http.admin_listen.unwrap_or(ADMIN)
    }

    /// The address that visitors and mails use.
    ///
    /// # Errors
    /// When `PUBLIC_URL` is not an http or https URL.
    pub fn public_url(&self) -> Result<Url, SettingsError> {
        let default = format!("http://{}", self.public_listen());
        settings::public_url("PUBLIC_URL", self.public_url.as_deref().unwrap_or(&default))
    }

    /// That the data directory cannot be used, as what is wrong with its setting.
    pub fn data_dir_unusable(path: &Path, error: &std::io::Error) -> SettingsError {
        SettingsError::new(
            "LEADSTREAM_DATA_DIR",
            format_args!("cannot be used ({}): {error}", path.display()),
        )
    }
}

impl Given {
    /// Whether the own Postgres is needed: some service has no database given.
    pub fn needs_postgres(&self) -> bool {
        let own = [
            &self.signup_database,
            &self.enquiry_database,
            &self.notification_database,
        ];
        self.server.is_none() && own.iter().any(|url| url.is_none())
    }
}
