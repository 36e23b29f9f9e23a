//! Groups of arguments. A service flattens those it needs into its own `Settings`.

use crate::{SettingsError, optional_secret, path_or_blank, secret};
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
    #[arg(long, env = "ADMIN_TOKEN_FILE", value_parser = path_or_blank)]
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
    #[arg(long, env = "DATABASE_URL_FILE", value_parser = path_or_blank)]
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
    /// File with librdkafka's security.*, ssl.* and sasl.* settings, one name=value a line; plain text without it
    #[arg(long, env = "KAFKA_SECURITY_FILE", value_parser = path_or_blank)]
    pub kafka_security_file: Option<PathBuf>,
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
    /// Where traces go by OTLP, such as http://collector:4318; needs a build with the feature otlp
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otel_exporter_otlp_endpoint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};
    use secrecy::ExposeSecret;

    #[derive(Debug, Parser)]
    struct Everything {
        #[command(flatten)]
        http: HttpArgs,
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        kafka: KafkaArgs,
        #[command(flatten)]
        log: LogArgs,
    }

    fn parse(arguments: &[&str]) -> Result<Everything, clap::Error> {
        Everything::try_parse_from([&["program"], arguments].concat())
    }

    #[test]
    fn the_groups_fit_together_and_every_setting_is_an_environment_variable() {
        let command = Everything::command();
        command.clone().debug_assert();
        let without: Vec<_> = command
            .get_arguments()
            .filter(|argument| argument.get_env().is_none())
            .collect();
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn limits_and_proxies_are_as_the_design_says_unless_set() {
        let settings = parse(&[]).expect("defaults");
        let http = &settings.http;
        let limits = (
            http.rate_limit_posts_per_minute,
            http.rate_limit_posts_burst,
            http.rate_limit_pages_per_minute,
        );
        assert_eq!((limits.0.get(), limits.1.get(), limits.2.get()), (30, 60, 600));
        assert!(http.rate_limit.is_on() && http.trusted_proxies.is_empty());
        assert!(!settings.kafka.kafka_create_topics);
    }

    #[test]
    fn values_are_read() {
        let settings = parse(&[
            "--trusted-proxies",
            "10.0.0.0/8,fd00::/8",
            "--rate-limit",
            "off",
            "--kafka-create-topics",
            "true",
            "--database-url",
            "postgres://localhost/signup",
            "--log-format",
            "json",
        ])
        .expect("good settings");
        assert_eq!(settings.http.trusted_proxies.len(), 2);
        assert!(!settings.http.rate_limit.is_on());
        assert!(settings.kafka.kafka_create_topics);
        assert_eq!(settings.log.log_format, LogFormat::Json);
        let url = settings.database.database_url().expect("given");
        assert_eq!(url.expose_secret(), "postgres://localhost/signup");
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (flag, value, name) in [
            ("--public-listen", "8080", "PUBLIC_LISTEN"),
            ("--trusted-proxies", "10.0.0.1", "TRUSTED_PROXIES"),
            ("--rate-limit-posts-burst", "0", "RATE_LIMIT_POSTS_BURST"),
            ("--database-connections", "0", "DATABASE_CONNECTIONS"),
            ("--log-format", "xml", "LOG_FORMAT"),
        ] {
            let error = parse(&[flag, value]).expect_err(value).to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_secret_set_to_nothing_is_left_out() {
        let settings = parse(&["--admin-token", "", "--admin-token-file", ""]).expect("good settings");
        assert!(settings.http.admin_token().expect("left out").is_none());
    }

    #[test]
    fn secrets_are_shown_nowhere() {
        let settings = parse(&[
            "--admin-token",
            "hunter2",
            "--database-url",
            "postgres://u:hunter2@db/signup",
        ]);
        assert!(!format!("{:?}", settings.expect("good settings")).contains("hunter2"));
    }
}
