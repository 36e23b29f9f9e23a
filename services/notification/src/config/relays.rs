//! Where mails leave.

use std::path::PathBuf;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use settings::SettingsError;

use super::{secret, wrong};
use crate::mail::relay::Relay;

/// Where mails leave.
#[derive(Debug, Clone, Args)]
pub struct RelayArgs {
    /// Relay that takes the mails: smtp://host (no encryption), smtp://user:password@host?tls=required (STARTTLS), smtps://…
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    smtp_url: Option<SecretString>,
    /// File that holds SMTP_URL
    #[arg(long, env = "SMTP_URL_FILE", value_parser = settings::path_or_blank)]
    smtp_url_file: Option<PathBuf>,
    /// File with the certificate (PEM) of an authority that the relay's TLS is trusted by, besides those of the system
    #[arg(long, env = "SMTP_CA_FILE", value_parser = settings::path_or_blank)]
    smtp_ca_file: Option<PathBuf>,
}

impl RelayArgs {
    /// The relay; `hello` is the name that EHLO gives.
    pub(super) fn relay(&self, hello: &str) -> Result<Relay, SettingsError> {
        let url = secret("SMTP_URL", self.smtp_url.as_ref(), self.smtp_url_file.as_deref())?;
        let relay = Relay::parse(url.expose_secret(), hello).map_err(wrong("SMTP_URL"))?;
        let Some(file) = &self.smtp_ca_file else {
            return Ok(relay);
        };
        let pem = std::fs::read(file).map_err(wrong("SMTP_CA_FILE"))?;
        relay.trusting(&pem).map_err(wrong("SMTP_CA_FILE"))
    }
}
