//! What mails are signed with.

use std::path::PathBuf;

use clap::Args;
use settings::SettingsError;

use crate::mail::dkim::{Keys, read};

const NAME: &str = "DKIM_FILE";

/// What mails are signed with.
#[derive(Debug, Clone, Args)]
pub struct DkimArgs {
    /// File that names the domain and the keys that mails are signed with (dkim.toml); without it nothing is signed here
    #[arg(long, env = "DKIM_FILE", value_parser = settings::path_or_blank)]
    dkim_file: Option<PathBuf>,
}

impl DkimArgs {
    /// The keys, where there is a file.
    ///
    /// # Errors
    /// Every mistake in the file, by line.
    pub fn keys(&self) -> Result<Option<Keys>, SettingsError> {
        let named = self
            .dkim_file
            .as_deref()
            .filter(|file| !file.as_os_str().is_empty());
        let keys = named.map(read).transpose();
        keys.map_err(|error| SettingsError::new(NAME, format!("cannot be used:\n{error}")))
    }

    /// The keys.
    ///
    /// # Errors
    /// There is no file, or it has mistakes.
    pub fn required(&self) -> Result<Keys, SettingsError> {
        self.keys()?.ok_or_else(|| SettingsError::new(NAME, "is missing"))
    }
}
