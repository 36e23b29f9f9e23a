//! Where mails leave.

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use settings::SettingsError;

use super::relays_file::{self, Defaults};
use super::wrong;
use crate::mail::relay::Relay;
use crate::mail::relay_plan::RelayPlan;

/// Where mails leave.
#[derive(Debug, Clone, Args)]
pub struct RelayArgs {
    /// The one relay that takes the mails: smtp://host (no encryption), smtp://user:password@host?tls=required (STARTTLS), smtps://…
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    smtp_url: Option<SecretString>,
    /// File that holds SMTP_URL
    #[arg(long, env = "SMTP_URL_FILE", value_parser = settings::path_or_blank)]
    smtp_url_file: Option<PathBuf>,
    /// File with the certificate (PEM) of an authority that the relay's TLS is trusted by, besides those of the system
    #[arg(long, env = "SMTP_CA_FILE", value_parser = settings::path_or_blank)]
    smtp_ca_file: Option<PathBuf>,
    /// File that describes several relays, in place of SMTP_URL: what each carries, how fast, which comes first
    #[arg(long, env = "RELAYS_FILE", value_parser = settings::path_or_blank)]
    relays_file: Option<PathBuf>,
}

impl RelayArgs {
    /// The relays, one at least. `defaults` is for what a relay does not say of itself.
    pub(super) fn relays(&self, defaults: Defaults<'_>) -> Result<Vec<RelayPlan>, SettingsError> {
        let url =
            settings::optional_secret("SMTP_URL", self.smtp_url.clone(), self.smtp_url_file.as_deref())?;
        match (url, &self.relays_file) {
            (Some(url), None) => Ok(vec![self.only(&url, defaults)?]),
            (None, Some(file)) => self.listed(file, defaults),
            (Some(_), Some(_)) => Err(SettingsError::new(
                "RELAYS_FILE",
                "and SMTP_URL are both set: leave one out",
            )),
            (None, None) => Err(SettingsError::new(
                "SMTP_URL",
                "is missing: set it, SMTP_URL_FILE or RELAYS_FILE",
            )),
        }
    }

    fn only(&self, url: &SecretString, defaults: Defaults<'_>) -> Result<RelayPlan, SettingsError> {
        let relay = Relay::parse(url.expose_secret(), defaults.hello).map_err(wrong("SMTP_URL"))?;
        let relay = match &self.smtp_ca_file {
            None => relay,
            Some(file) => {
                let pem = std::fs::read(file).map_err(wrong("SMTP_CA_FILE"))?;
                relay.trusting(&pem).map_err(wrong("SMTP_CA_FILE"))?
            }
        };
        Ok(RelayPlan::only(relay, defaults.connections))
    }

    fn listed(&self, file: &Path, defaults: Defaults<'_>) -> Result<Vec<RelayPlan>, SettingsError> {
        if self.smtp_ca_file.is_some() {
            let problem = "goes with SMTP_URL: a relay of RELAYS_FILE has its own ca_file";
            return Err(SettingsError::new("SMTP_CA_FILE", problem));
        }
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| {
            SettingsError::new("RELAYS_FILE", format!("({name}) cannot be read: {error}"))
        })?;
        relays_file::parse(&name, &text, defaults)
            .map_err(|error| SettingsError::new("RELAYS_FILE", format!("is wrong:\n{error}")))
    }
}
