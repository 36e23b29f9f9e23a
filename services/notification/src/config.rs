//! Settings of this service, from the environment or the command line, checked before anything starts.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use contracts::{Source, SubjectKey};
use kafka::KafkaConfig;
use lettre::address::Address;
use lettre::message::Mailbox;
use postgres::DatabaseConfig;
use secrecy::{ExposeSecret, SecretString};
use settings::{DatabaseArgs, KafkaArgs, SettingsError};

use crate::domain::bounce_address::BounceKey;
use crate::domain::retry::RetryPolicy;
use crate::mail::compose::Sender;
use crate::mail::relay::Relay;

/// A worker needs no more than this, and a relay takes no more from one client.
const CONNECTIONS_MAX: u16 = 256;
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
    pub sending: SendingArgs,
    /// Days that the ledger remembers a mail; an older event is set aside, since it may have been mailed before
    #[arg(long, env = "LEDGER_RETENTION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(8..=3650))]
    ledger_retention_days: u64,
}

/// What mails look like and how they leave.
#[derive(Debug, Clone, Args)]
pub struct MailArgs {
    /// Relay that takes the mails: smtp://host (no encryption), smtp://user:password@host?tls=required (STARTTLS), smtps://…
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    smtp_url: Option<SecretString>,
    /// File that holds SMTP_URL
    #[arg(long, env = "SMTP_URL_FILE", value_parser = settings::path_or_blank)]
    smtp_url_file: Option<PathBuf>,
    /// File with the certificate (PEM) of an authority that the relay's TLS is trusted by, besides those of the system
    #[arg(long, env = "SMTP_CA_FILE", value_parser = settings::path_or_blank)]
    smtp_ca_file: Option<PathBuf>,
    /// Sender of every mail: name@example.org, or Name <name@example.org>
    #[arg(long, env = "MAIL_FROM")]
    mail_from: Option<String>,
    /// Domain of Message-IDs and bounce addresses; its MX should lead to where bounces are read
    #[arg(long, env = "MAIL_DOMAIN")]
    mail_domain: Option<String>,
    /// Secret of at least 32 bytes, hex or base64, that nobody can make up a bounce address without
    #[arg(long, env = "BOUNCE_KEY", hide_env_values = true)]
    bounce_key: Option<SecretString>,
    /// File that holds BOUNCE_KEY
    #[arg(long, env = "BOUNCE_KEY_FILE", value_parser = settings::path_or_blank)]
    bounce_key_file: Option<PathBuf>,
}

/// How mails are sent.
#[derive(Debug, Clone, Args)]
pub struct SendingArgs {
    /// Mails under way at once, each over a connection of its own
    #[arg(long, env = "SMTP_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=i64::from(CONNECTIONS_MAX)))]
    smtp_connections: u16,
    /// Seconds for one attempt, from connecting to the last reply; nobody else tries the same mail for twice as long
    #[arg(long, env = "SMTP_TIMEOUT_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    smtp_timeout_seconds: u64,
    /// Seconds before the second attempt; each later wait is twice as long
    #[arg(long, env = "RETRY_FIRST_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..))]
    retry_first_seconds: u64,
    /// Longest wait between two attempts, in seconds
    #[arg(long, env = "RETRY_LONGEST_SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    retry_longest_seconds: u64,
    /// Hours that a mail which a lead asked for is tried
    #[arg(long, env = "DELIVERY_HORIZON_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=720))]
    delivery_horizon_hours: u64,
    /// Hours that acknowledgements and mails to teams are tried
    #[arg(long, env = "ENQUIRY_HORIZON_HOURS", default_value_t = 72, value_parser = clap::value_parser!(u64).range(1..=720))]
    enquiry_horizon_hours: u64,
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
            relay: self.mail.relay(&sender.domain)?,
            sender,
            connections: self.sending.smtp_connections,
            send_timeout: Duration::from_secs(self.sending.smtp_timeout_seconds),
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

impl MailArgs {
    fn relay(&self, hello: &str) -> Result<Relay, SettingsError> {
        let url = secret("SMTP_URL", self.smtp_url.as_ref(), self.smtp_url_file.as_deref())?;
        let relay = Relay::parse(url.expose_secret(), hello).map_err(wrong("SMTP_URL"))?;
        let Some(file) = &self.smtp_ca_file else {
            return Ok(relay);
        };
        let pem = std::fs::read(file).map_err(wrong("SMTP_CA_FILE"))?;
        relay.trusting(&pem).map_err(wrong("SMTP_CA_FILE"))
    }

    fn sender(&self) -> Result<Sender, SettingsError> {
        let key = secret(
            "BOUNCE_KEY",
            self.bounce_key.as_ref(),
            self.bounce_key_file.as_deref(),
        )?;
        Ok(Sender {
            from: mailbox("MAIL_FROM", self.mail_from.as_deref())?,
            domain: domain("MAIL_DOMAIN", self.mail_domain.as_deref())?,
            bounce_key: BounceKey::parse(key.expose_secret()).map_err(wrong("BOUNCE_KEY"))?,
        })
    }
}

impl SendingArgs {
    fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            first: Duration::from_secs(self.retry_first_seconds),
            longest: Duration::from_secs(self.retry_longest_seconds),
            delivery_horizon: Duration::from_secs(self.delivery_horizon_hours * 3600),
            enquiry_horizon: Duration::from_secs(self.enquiry_horizon_hours * 3600),
        }
    }
}

/// A mailbox that can stand in From.
///
/// # Errors
/// It is missing, or none.
pub fn mailbox(name: &'static str, text: Option<&str>) -> Result<Mailbox, SettingsError> {
    let text = required(name, text)?;
    let one_line = !text.chars().any(char::is_control);
    text.parse()
        .ok()
        .filter(|_| one_line)
        .ok_or_else(|| SettingsError::new(name, "must be name@example.org or Name <name@example.org>"))
}

/// A domain that Message-IDs and bounce addresses can end with, in lower case.
///
/// # Errors
/// It is missing, or none.
pub fn domain(name: &'static str, text: Option<&str>) -> Result<String, SettingsError> {
    let domain = required(name, text)?.to_ascii_lowercase();
    let is_domain = domain.is_ascii() && !domain.contains(['[', '@']) && Address::new("b", &domain).is_ok();
    is_domain
        .then_some(domain)
        .ok_or_else(|| SettingsError::new(name, "must be a domain such as mail.example.org"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_a_name_or_none_and_one_address() {
        let from = mailbox("MAIL_FROM", Some("Café Kurs <hello@course.example>")).expect("a mailbox");
        assert_eq!(from.name.as_deref(), Some("Café Kurs"));
        for wrong in [
            None,
            Some(" "),
            Some("hello"),
            Some("a@b.example\r\nBcc: c@d.example"),
            Some("a@b.example, c@d.example"),
        ] {
            assert!(
                mailbox("MAIL_FROM", wrong)
                    .expect_err("wrong")
                    .to_string()
                    .starts_with("MAIL_FROM ")
            );
        }
    }

    #[test]
    fn a_domain_is_kept_in_lower_case_and_nothing_else_passes() {
        assert_eq!(
            domain("MAIL_DOMAIN", Some("Mail.Example.ORG")).expect("a domain"),
            "mail.example.org"
        );
        for wrong in [
            None,
            Some(""),
            Some("a@b.example"),
            Some("[127.0.0.1]"),
            Some("https://a.example"),
            Some("a b"),
        ] {
            assert!(domain("MAIL_DOMAIN", wrong).is_err(), "{wrong:?}");
        }
    }
}
