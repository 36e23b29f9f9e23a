//! Postgres refuses to run as root: this says who runs the engines then.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use crate::EngineError;
use crate::error::Doing as _;

/// The user that the engines run as when the guard itself is root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// Who made the data before; else the owner of the folder around it, else `postgres`, else `nobody`. Root never.
    pub(crate) fn choose(data: &[PathBuf], around: &Path) -> Result<Account, EngineError> {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let maker = data.iter().find_map(|folder| Account::owner(folder, &users));
        // initdb looks its user up by number: a folder that came from another machine has no use for it.
        let owner =
            Account::owner(around, &users).filter(|owner| Account::named(&owner.name, &users).is_some());
        let other = ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Account::named(name, &users));
        maker.or(owner).or(other).ok_or_else(|| {
            EngineError::Refused(
                "Postgres does not run as root, and there is neither a user postgres nor a user nobody: start \
                 Leadstream as another user."
                    .to_owned(),
            )
        })
    }

    fn owner(path: &Path, users: &str) -> Option<Account> {
        let owner = fs::metadata(path).ok().filter(|meta| meta.uid() != 0)?;
        let (uid, gid) = (owner.uid(), owner.gid());
        let known = accounts(users).find(|account| account.uid == uid);
        Some(known.unwrap_or_else(|| Account {
            name: uid.to_string(),
            uid,
            gid,
        }))
    }

    fn named(name: &str, users: &str) -> Option<Account> {
        accounts(users).find(|account| account.name == name)
    }

    /// Whether every folder down to and including `path` lets this user through. Supplementary groups do not
    /// count: the engines are started without any.
    pub(crate) fn can_enter(&self, path: &Path) -> bool {
        path.ancestors().all(|folder| match fs::metadata(folder) {
            Ok(meta) => self.passes(&meta),
            Err(_) => !folder.exists(),
        })
    }

    fn passes(&self, meta: &Metadata) -> bool {
        let bit = match (meta.uid() == self.uid, meta.gid() == self.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        meta.mode() & bit != 0
    }

    pub(crate) fn own(&self, path: &Path) -> Result<(), EngineError> {
        chown(path, Some(self.uid), Some(self.gid))
            .doing(|| format!("cannot give {} to the user {}", path.display(), self.name))
    }
}

/// The users of `/etc/passwd`: `name:password:uid:gid:…`.
fn accounts(users: &str) -> impl Iterator<Item = Account> {
    users.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { name, uid, gid })
    })
}
