//! Where the data of the engines lies, and whose it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::EngineError;
use crate::account::Account;
use crate::error::Doing as _;

/// A unix socket's path may have 103 bytes on macOS and 107 on Linux; a margin below both.
const LONGEST_SOCKET_PATH: usize = 100;

/// Folders that hold an engine's data; whoever owns them runs the engines. All others stay with who runs the guard,
/// so that root never writes where another user could have put a link.
const ENGINE_FOLDERS: [&str; 2] = ["postgres", "kafka/data"];

/// Lets the engines' user through to its own folders, and shows it nothing.
pub(crate) const PASSABLE: u32 = 0o711;
pub(crate) const PRIVATE: u32 = 0o700;

#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    /// Whom the engines run as; `None` when that is simply who runs the guard.
    pub(crate) account: Option<Account>,
}

impl Place {
    /// The data directory itself, except for root when the engines' user cannot get there.
    pub(crate) fn settle(data_dir: &Path) -> Result<Place, EngineError> {
        let me = rustix::process::geteuid().as_raw();
        if me == 0 {
            Place::settle_for_root(data_dir)
        } else {
            Place::settle_for_user(data_dir, me)
        }
    }

    fn settle_for_user(data_dir: &Path, me: u32) -> Result<Place, EngineError> {
        for folder in ENGINE_FOLDERS.map(|name| data_dir.join(name)) {
            if fs::metadata(&folder).is_ok_and(|meta| meta.uid() != me) {
                return Err(EngineError::Refused(format!(
                    "{} belongs to another user (it was probably made by root): start Leadstream as before, or \
                     give it a new data directory with LEADSTREAM_DATA_DIR.",
                    folder.display()
                )));
            }
        }
        Ok(Place {
            folder: data_dir.to_owned(),
            account: None,
        })
    }

    fn settle_for_root(data_dir: &Path) -> Result<Place, EngineError> {
        let fallback = Path::new("/var/lib/leadstream").join(short_hash(data_dir));
        let folders = [data_dir, &fallback].map(|around| ENGINE_FOLDERS.map(|name| around.join(name)));
        let account = Account::choose(folders.as_flattened(), data_dir)?;
        let moved = folders[1].iter().any(|folder| folder.exists());
        if !moved && account.can_enter(data_dir) {
            return Ok(Place {
                folder: data_dir.to_owned(),
                account: Some(account),
            });
        }
        open_folder(Path::new("/var/lib/leadstream"), 0o755)?;
        open_folder(&fallback, PASSABLE)?;
        Ok(Place {
            folder: fallback,
            account: Some(account),
        })
    }

    /// A folder below the data directory that only the engines' user can read.
    pub(crate) fn private_folder(&self, name: &str) -> Result<PathBuf, EngineError> {
        let folder = self.folder.join(name);
        if !folder.exists() {
            self.make_private(&folder)?;
        }
        Ok(folder)
    }

    /// Where Postgres makes its socket: with its data, or in a short path where that one is too long.
    pub(crate) fn socket_folder(&self, postgres_data: &Path) -> Result<PathBuf, EngineError> {
        if postgres_data.join(".s.PGSQL.5432").as_os_str().len() < LONGEST_SOCKET_PATH {
            return Ok(postgres_data.to_owned());
        }
        let name = format!("leadstream-{}-{}", self.uid(), short_hash(postgres_data));
        let folder = Path::new("/tmp").join(name);
        if fs::symlink_metadata(&folder).is_err() {
            self.make_private(&folder)?;
        }
        self.check_private(&folder)?;
        Ok(folder)
    }

    /// The mode of a folder around the engines' own.
    pub(crate) fn passable(&self) -> u32 {
        if self.account.is_some() { PASSABLE } else { PRIVATE }
    }

    /// Hands a path that the guard made to the engines' user.
    pub(crate) fn hand_over(&self, path: &Path) -> Result<(), EngineError> {
        self.account.as_ref().map_or(Ok(()), |account| account.own(path))
    }

    fn uid(&self) -> u32 {
        self.account
            .as_ref()
            .map_or_else(|| rustix::process::geteuid().as_raw(), |account| account.uid)
    }

    fn make_private(&self, folder: &Path) -> Result<(), EngineError> {
        open_folder(folder, PRIVATE)?;
        self.hand_over(folder)
    }

    /// Anyone can make a folder in /tmp first: it is used only if it is ours alone.
    fn check_private(&self, folder: &Path) -> Result<(), EngineError> {
        let meta = fs::symlink_metadata(folder).doing(|| format!("cannot look at {}", folder.display()))?;
        if meta.is_dir() && meta.uid() == self.uid() && meta.mode() & 0o077 == 0 {
            return Ok(());
        }
        let sentence = format!(
            "{} is not a private folder of this user: remove it.",
            folder.display()
        );
        Err(EngineError::Refused(sentence))
    }
}

/// Makes a folder with exactly this mode, whatever the umask is.
pub(crate) fn open_folder(folder: &Path, mode: u32) -> Result<(), EngineError> {
    let doing = || format!("cannot make the folder {}", folder.display());
    fs::create_dir_all(folder).doing(doing)?;
    fs::set_permissions(folder, Permissions::from_mode(mode)).doing(doing)
}

/// Twelve hex digits that stand for a path.
fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    HEXLOWER.encode(&digest[..6])
}
