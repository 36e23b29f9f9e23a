//! Groups of arguments. A service flattens those it needs into its own `Settings`.

use crate::{SettingsError, optional_secret, secret};
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;
use telemetry::LogFormat;

/// A setting that is `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

impl Switch {
    pub fn is_on(self) -> bool {
        self == Switch::On
    }
}

/// Listeners and what stands in front of them.
#[derive(Debug, Clone, Args)]
pub struct HttpArgs {
    /// Address and port of the public pages and API; each binary has a default of its own
    #[arg(long, env = "PUBLIC_LISTEN")]
    pub public_listen: Option<SocketAddr>,
    /// Address and port of probes, metrics and the admin API; never expose it to the internet
    #[arg(long, env = "ADMIN_LISTEN")]
    pub admin_listen: Option<SocketAddr>,
    /// Networks whose X-Forwarded-For is believed, comma separated (10.0.0.0/8,fd00::/8); none by default
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,
    /// Rate limits per client address; off only for benchmarks
    #[arg(
        long = "rate-limit",
        env = "LEADSTREAM_RATE_LIMIT",
        value_enum,
        default_value = "on"
    )]
    pub rate_limit: Switch,
    /// Requests that change something (sign up, ask a question), per client and minute
    #[arg(long, env = "RATE_LIMIT_POSTS_PER_MINUTE", default_value = "30")]
    pub rate_limit_posts_per_minute: std::num::NonZeroU32,
    /// How many such requests a client may send at once after a quiet time
    #[arg(long, env = "RATE_LIMIT_POSTS_BURST", default_value = "60")]
    pub rate_limit_posts_burst: std::num::NonZeroU32,
    /// Pages per client and minute
    #[arg(long, env = "RATE_LIMIT_PAGES_PER_MINUTE", default_value = "600")]
    pub rate_limit_pages_per_minute: std::num::NonZeroU32,
    /// Bearer token of the admin API; without one the admin API refuses everybody
    #[arg(long, env = "ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<SecretString>,
    /// File that holds ADMIN_TOKEN
    #[arg(long, env = "ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,
    /// Seconds between "not ready" and the end of accepting, so that load balancers can notice; 0 on one machine
    #[arg(long, env = "SHUTDOWN_DRAIN_SECONDS", default_value_t = 0)]
    pub shutdown_drain_seconds: u64,
}

impl HttpArgs {
    /// Bearer token of the admin API, if one is set.
    ///
    /// # Errors
    /// See [`optional_secret`].
    pub fn admin_token(&self) -> Result<Option<SecretString>, SettingsError> {
        optional_secret(
            "ADMIN_TOKEN",
            self.admin_token.clone(),
            self.admin_token_file.as_deref(),
        )
    }
}

/// A service's own Postgres database.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// Address of the service's database (postgres://user:password@host/name)
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<SecretString>,
    /// File that holds DATABASE_URL
    #[arg(long, env = "DATABASE_URL_FILE")]
    database_url_file: Option<PathBuf>,
    /// Pooled connections, besides those of the writer and the publisher
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    pub database_connections: u32,
}

impl DatabaseArgs {
    /// Address of the database.
    ///
    /// # Errors
    /// See [`secret`].
    pub fn database_url(&self) -> Result<SecretString, SettingsError> {
        secret(
            "DATABASE_URL",
            self.database_url.clone(),
            self.database_url_file.as_deref(),
        )
    }

    /// As [`DatabaseArgs::database_url`], for a program that starts a database of its own without it.
    ///
    /// # Errors
    /// See [`optional_secret`].
    pub fn optional_database_url(&self) -> Result<Option<SecretString>, SettingsError> {
        optional_secret(
            "DATABASE_URL",
            self.database_url.clone(),
            self.database_url_file.as_deref(),
        )
    }
}

/// The Kafka cluster and the names used on it.
#[derive(Debug, Clone, Args)]
pub struct KafkaArgs {
    /// Brokers to ask first, host:port, comma separated
    #[arg(long, env = "KAFKA_BOOTSTRAP_SERVERS", default_value = "127.0.0.1:9092")]
    pub kafka_bootstrap_servers: String,
    /// Put before every topic name, so that several installations can share a cluster
    #[arg(long, env = "KAFKA_TOPIC_PREFIX", default_value = "")]
    pub kafka_topic_prefix: String,
    /// Put before every consumer group
    #[arg(long, env = "KAFKA_GROUP_PREFIX", default_value = "")]
    pub kafka_group_prefix: String,
    /// `migrate` creates the topics that are missing
    #[arg(long, env = "KAFKA_CREATE_TOPICS", action = clap::ArgAction::Set, default_value_t = false, num_args = 0..=1, default_missing_value = "true")]
    pub kafka_create_topics: bool,
}

/// What is logged, and how.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// error, warn, info, debug, trace, or a filter such as info,web=debug
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    pub log_level: String,
    /// json, pretty, or auto: pretty on a terminal, otherwise JSON lines
    #[arg(long, env = "LOG_FORMAT", default_value = "auto")]
    pub log_format: LogFormat,
}
