use crate::{SettingsError, path_or_blank, secret};
use clap::Args;
use contracts::SubjectKey;
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;

const NAME: &str = "SUBJECT_KEY";

/// What turns an address into a person id; the same in all services.
#[derive(Debug, Clone, Args)]
pub struct SubjectKeyArgs {
    /// Secret of at least 32 bytes, hex or base64, that turns addresses into ids; the same for all services
    #[arg(long, env = NAME, hide_env_values = true)]
    subject_key: Option<SecretString>,
    /// File that holds SUBJECT_KEY
    #[arg(long, env = "SUBJECT_KEY_FILE", value_parser = path_or_blank)]
    subject_key_file: Option<PathBuf>,
}

impl SubjectKeyArgs {
    /// The key.
    ///
    /// # Errors
    /// See [`secret`]; or it is too short, or neither hex nor base64.
    pub fn subject_key(&self) -> Result<SubjectKey, SettingsError> {
        let secret = secret(NAME, self.subject_key.clone(), self.subject_key_file.as_deref())?;
        SubjectKey::parse(secret.expose_secret()).map_err(|error| SettingsError::new(NAME, error))
    }
}
