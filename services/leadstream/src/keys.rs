//! The secrets of one machine: those that were given, and for the rest made once, kept in the data directory, readable
//! by their owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use data_encoding::HEXLOWER;
use secrecy::SecretString;
use settings::SettingsError;

use crate::config::{Given, Settings};

const KEY_BYTES: usize = 32;

/// Every secret that the three services share or need on one machine.
#[derive(Debug)]
pub struct Keys {
    pub subject_key: SecretString,
    pub link_keys: SecretString,
    pub bounce_key: SecretString,
    pub admin_token: SecretString,
}

impl Keys {
    /// Takes the given keys; reads the others below `data_dir`, and makes those that are missing.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn load(data_dir: &Path, given: &Given) -> Result<Self, SettingsError> {
        let folder = data_dir.join("keys");
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|error| Settings::data_dir_unusable(&folder, &error))?;
        let key = |given: &Option<SecretString>, name: &str, prefix: &str| match given {
            Some(key) => Ok(key.clone()),
            None => read_or_make(&folder.join(name), prefix),
        };
        Ok(Self {
            subject_key: key(&given.subject_key, "subject_key", "")?,
            link_keys: key(&given.link_keys, "link_keys", "1:")?,
            bounce_key: key(&given.bounce_key, "bounce_key", "")?,
            admin_token: key(&given.admin_token, "admin_token", "")?,
        })
    }

    /// The given keys, and keys of no worth in place of the others: to check settings by, before anything is made.
    pub fn to_check_by(given: &Given) -> Self {
        let worthless = || SecretString::from("00".repeat(KEY_BYTES));
        let key = |given: &Option<SecretString>| given.clone().unwrap_or_else(worthless);
        Self {
            subject_key: key(&given.subject_key),
            link_keys: given
                .link_keys
                .clone()
                .unwrap_or_else(|| format!("1:{}", "00".repeat(KEY_BYTES)).into()),
            bounce_key: key(&given.bounce_key),
            admin_token: key(&given.admin_token),
        }
    }
}

fn read_or_make(path: &Path, prefix: &str) -> Result<SecretString, SettingsError> {
    let key = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, prefix),
        read => read,
    };
    let unusable = |error| Settings::data_dir_unusable(path, &error);
    key.map(|text| SecretString::from(text.trim())).map_err(unusable)
}

/// A key file appears whole or not at all: a second file under its name would orphan every link ever mailed.
fn make(path: &Path, prefix: &str) -> io::Result<String> {
    let mut bytes = [0_u8; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let text = format!("{prefix}{}\n", HEXLOWER.encode(&bytes));
    let draft = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    Ok(text)
}
