//! For whom the guard works, and how it notices that nobody needs it any more.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{EngineError, lock};

/// How long shared engines outlive their last user, so that the next test binary finds them running.
const LINGER: Duration = Duration::from_secs(20);

pub(crate) enum Owner {
    /// The parent holds the other end of standard input; the channel closes when that is gone.
    Parent(Receiver<Infallible>),
    /// Each user holds a shared lock on the file.
    Users {
        lock: File,
        unused_since: Option<Instant>,
    },
}

impl Owner {
    /// Watches standard input from a thread of its own; nothing is ever sent on it.
    pub(crate) fn parent() -> Owner {
        let (alive, gone) = mpsc::channel::<Infallible>();
        thread::spawn(move || {
            let mut buffer = [0; 64];
            while !matches!(io::stdin().read(&mut buffer), Ok(0) | Err(_)) {}
            drop(alive);
        });
        Owner::Parent(gone)
    }

    pub(crate) fn users(path: &Path) -> Result<Owner, EngineError> {
        Ok(Owner::Users {
            lock: lock::open(path)?,
            unused_since: None,
        })
    }

    /// Waits, and says whether the owner has gone. After `true` a lock of the users stays held by this process,
    /// so that a new user waits until the engines are down.
    pub(crate) fn gone_within(&mut self, wait: Duration) -> Result<bool, EngineError> {
        match self {
            Owner::Parent(gone) => Ok(gone.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected)),
            Owner::Users { lock, unused_since } => {
                thread::sleep(wait);
                unused_too_long(lock, unused_since)
            }
        }
    }

    /// Waits while something is being prepared; the preparation ends with the owner.
    pub(crate) fn pause(&mut self, wait: Duration) -> Result<(), EngineError> {
        if self.gone_within(wait)? {
            Err(EngineError::Abandoned)
        } else {
            Ok(())
        }
    }
}

fn unused_too_long(users: &File, unused_since: &mut Option<Instant>) -> Result<bool, EngineError> {
    if !lock::try_hold(users)? {
        *unused_since = None;
        return Ok(false);
    }
    if unused_since.get_or_insert_with(Instant::now).elapsed() >= LINGER {
        return Ok(true);
    }
    users.unlock().map_err(|source| EngineError::Io {
        what: "cannot unlock users.lock".to_owned(),
        source,
    })?;
    Ok(false)
}
