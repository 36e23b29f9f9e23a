//! The secrets of one machine: made once, kept in the data directory, readable by their owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use secrecy::SecretString;

const KEY_BYTES: usize = 32;

/// Every secret that the three services share or need on one machine.
#[derive(Debug)]
pub struct Keys {
    pub subject_key: SecretString,
    pub link_keys: SecretString,
    pub bounce_key: SecretString,
    pub admin_token: SecretString,
}

/// A key file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("The key file {path} cannot be used: {source}.", path = path.display())]
pub struct KeyError {
    path: PathBuf,
    source: io::Error,
}

impl Keys {
    /// Reads the keys below `data_dir`, and makes those that are missing.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn load(data_dir: &Path) -> Result<Self, KeyError> {
        let folder = data_dir.join("keys");
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|source| KeyError {
            path: folder.clone(),
            source,
        })?;
        Ok(Self {
            subject_key: read_or_make(&folder.join("subject_key"), "")?,
            link_keys: read_or_make(&folder.join("link_keys"), "1:")?,
            bounce_key: read_or_make(&folder.join("bounce_key"), "")?,
            admin_token: read_or_make(&folder.join("admin_token"), "")?,
        })
    }
}

fn read_or_make(path: &Path, prefix: &str) -> Result<SecretString, KeyError> {
    let key = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, prefix),
        read => read,
    };
    key.map(|text| SecretString::from(text.trim()))
        .map_err(|source| KeyError {
            path: path.to_owned(),
            source,
        })
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
