//! Ways that bounces and complaints come in by.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use settings::SettingsError;

use super::wrong;
use crate::domain::provider::{Certificates, Mailgun, Postmark, Providers, Sendgrid, Ses};

/// The intake of mails from a mail server.
#[derive(Debug, Clone, Copy)]
pub struct LmtpConfig {
    pub listen: SocketAddr,
    /// How long a client may be silent.
    pub silence: Duration,
}

/// Ways that bounces and complaints come in by. A provider's webhook is on where its secret is set.
#[derive(Debug, Clone, Args)]
pub struct BounceArgs {
    /// Address and port on which a mail server delivers bounces by LMTP; off where it is not set
    #[arg(long, env = "LMTP_LISTEN", value_parser = address_or_blank)]
    lmtp_listen: Option<MaybeAddress>,
    /// Seconds that a mail server may be silent on it
    #[arg(long, env = "LMTP_TIMEOUT_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    lmtp_timeout_seconds: u64,
    /// Topics of Amazon SNS that SES reports bounces on (arn:aws:sns:…), with commas between
    #[arg(long, env = "BOUNCES_SES_TOPICS", value_delimiter = ',')]
    bounces_ses_topics: Vec<String>,
    /// File of the PEM certificate, or certificates, that SNS signs with: what its messages name as SigningCertURL
    #[arg(long, env = "BOUNCES_SES_CERTIFICATE_FILE", value_parser = settings::path_or_blank)]
    bounces_ses_certificate_file: Option<PathBuf>,
    /// user:password of Postmark's webhook URL
    #[arg(long, env = "BOUNCES_POSTMARK_LOGIN", hide_env_values = true)]
    bounces_postmark_login: Option<SecretString>,
    /// File that holds BOUNCES_POSTMARK_LOGIN
    #[arg(long, env = "BOUNCES_POSTMARK_LOGIN_FILE", value_parser = settings::path_or_blank)]
    bounces_postmark_login_file: Option<PathBuf>,
    /// Mailgun's HTTP webhook signing key
    #[arg(long, env = "BOUNCES_MAILGUN_KEY", hide_env_values = true)]
    bounces_mailgun_key: Option<SecretString>,
    /// File that holds BOUNCES_MAILGUN_KEY
    #[arg(long, env = "BOUNCES_MAILGUN_KEY_FILE", value_parser = settings::path_or_blank)]
    bounces_mailgun_key_file: Option<PathBuf>,
    /// Verification key of Sendgrid's signed event webhook, in base64
    #[arg(long, env = "BOUNCES_SENDGRID_KEY", hide_env_values = true)]
    bounces_sendgrid_key: Option<SecretString>,
    /// File that holds BOUNCES_SENDGRID_KEY
    #[arg(long, env = "BOUNCES_SENDGRID_KEY_FILE", value_parser = settings::path_or_blank)]
    bounces_sendgrid_key_file: Option<PathBuf>,
}

/// A variable that is set to nothing counts as left out.
type MaybeAddress = Option<SocketAddr>;

fn address_or_blank(text: &str) -> Result<MaybeAddress, std::net::AddrParseError> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.parse()).transpose()
}

impl BounceArgs {
    pub(super) fn lmtp(&self) -> Option<LmtpConfig> {
        self.lmtp_listen.flatten().map(|listen| LmtpConfig {
            listen,
            silence: Duration::from_secs(self.lmtp_timeout_seconds),
        })
    }

    pub(super) fn providers(&self) -> Result<Providers, SettingsError> {
        let postmark = settings::optional_secret(
            "BOUNCES_POSTMARK_LOGIN",
            self.bounces_postmark_login.clone(),
            self.bounces_postmark_login_file.as_deref(),
        )?;
        let mailgun = settings::optional_secret(
            "BOUNCES_MAILGUN_KEY",
            self.bounces_mailgun_key.clone(),
            self.bounces_mailgun_key_file.as_deref(),
        )?;
        let sendgrid = settings::optional_secret(
            "BOUNCES_SENDGRID_KEY",
            self.bounces_sendgrid_key.clone(),
            self.bounces_sendgrid_key_file.as_deref(),
        )?;
        let sendgrid = sendgrid.map(|key| Sendgrid::parse(key.expose_secret()));
        Ok(Providers {
            ses: self.ses()?,
            postmark: postmark
                .map(Postmark::new)
                .transpose()
                .map_err(wrong("BOUNCES_POSTMARK_LOGIN"))?,
            mailgun: mailgun
                .map(Mailgun::new)
                .transpose()
                .map_err(wrong("BOUNCES_MAILGUN_KEY"))?,
            sendgrid: sendgrid.transpose().map_err(wrong("BOUNCES_SENDGRID_KEY"))?,
        })
    }

    /// Both or none: a signature says only that Amazon carried the message, the topic says whose it is.
    fn ses(&self) -> Result<Option<Ses>, SettingsError> {
        let topics: Vec<String> = self
            .bounces_ses_topics
            .iter()
            .map(|topic| topic.trim().to_owned())
            .collect();
        let topics: Vec<String> = topics.into_iter().filter(|topic| !topic.is_empty()).collect();
        let pem = settings::optional_secret(
            "BOUNCES_SES_CERTIFICATE",
            None,
            self.bounces_ses_certificate_file.as_deref(),
        )?;
        if topics.iter().any(|topic| !topic.starts_with("arn:")) {
            return Err(SettingsError::new(
                "BOUNCES_SES_TOPICS",
                "must be ARNs such as arn:aws:sns:eu-central-1:123456789012:bounces",
            ));
        }
        match (topics.is_empty(), pem) {
            (true, None) => Ok(None),
            (false, Some(pem)) => Ok(Some(Ses {
                topics,
                certificates: Certificates::parse(pem.expose_secret().as_bytes())
                    .map_err(wrong("BOUNCES_SES_CERTIFICATE_FILE"))?,
            })),
            (true, Some(_)) => Err(SettingsError::new("BOUNCES_SES_TOPICS", "is missing")),
            (false, None) => Err(SettingsError::new("BOUNCES_SES_CERTIFICATE_FILE", "is missing")),
        }
    }
}
