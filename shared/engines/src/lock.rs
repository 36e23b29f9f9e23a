use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::EngineError;
use crate::error::Doing as _;
use crate::owner::Owner;
use crate::report::Report;

/// After a kill -9 the engines of the run before need about 2 s to go.
const PATIENCE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);

/// Opens, and creates where it is missing, a file that is only there to be locked.
pub(crate) fn open(path: &Path) -> Result<File, EngineError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    options
        .open(path)
        .doing(|| format!("cannot open {}", path.display()))
}

/// Whether this process got the lock; it does not wait.
pub(crate) fn try_hold(file: &File) -> Result<bool, EngineError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error).doing(|| "cannot lock a file".to_owned()),
    }
}

/// Waits for `engine.lock`. It is free only when neither a guard nor any engine process lives on this directory,
/// because every engine inherits the open file.
pub(crate) fn hold_engine_lock(
    data_dir: &Path,
    owner: &mut Owner,
    report: fn(&Report),
) -> Result<File, EngineError> {
    let file = open(&data_dir.join("engine.lock"))?;
    let deadline = Instant::now() + PATIENCE;
    let mut told = false;
    while !try_hold(&file)? {
        if !told {
            report(&Report::Progress(
                "Waiting for the engines of an earlier run to end".to_owned(),
            ));
            told = true;
        }
        if Instant::now() > deadline {
            return Err(in_use(data_dir));
        }
        owner.pause(POLL)?;
    }
    Ok(file)
}

fn in_use(data_dir: &Path) -> EngineError {
    EngineError::Refused(format!(
        "Another Leadstream is running on {}: stop it, or give this one a data directory of its own with \
         LEADSTREAM_DATA_DIR.",
        data_dir.display()
    ))
}
