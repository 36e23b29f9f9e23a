//! Engines that several processes use one after the other and at once: the tests of a target directory.
//!
//! In the data directory, `users.lock` is held shared by every user, `start.lock` by the one who starts the guard,
//! `guard.lock` by a living guard. `engines.ready` says where the engines are; it counts only while `guard.lock` is
//! held.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::error::Doing as _;
use crate::owner::Owner;
use crate::report::Report;
use crate::start::{self, EngineSpec, Engines};
use crate::{EngineError, lock};

/// For a guard whose starter was killed while it waited.
const START_LIMIT: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(50);

/// Shared engines: they stay up while any process has one of these, and 20 s longer.
#[derive(Debug)]
pub struct SharedEngines {
    engines: Engines,
    _users: File,
}

impl SharedEngines {
    pub fn engines(&self) -> &Engines {
        &self.engines
    }
}

/// Uses the engines that run for this data directory, or starts them. The databases of an earlier use are still
/// there; Kafka's log is not.
///
/// # Errors
/// As [`crate::start`].
pub fn join(
    spec: &EngineSpec,
    guard: Command,
    mut progress: impl FnMut(&str),
) -> Result<SharedEngines, EngineError> {
    let spec = EngineSpec {
        data_dir: start::prepare_data_dir(&spec.data_dir)?,
        ..spec.clone()
    };
    let data_dir = spec.data_dir.clone();
    // Waits here while an old guard stops its engines, because that holds the lock alone.
    let users = lock::open(&data_dir.join("users.lock"))?;
    users
        .lock_shared()
        .doing(|| "cannot lock users.lock".to_owned())?;
    let starting = lock::open(&data_dir.join("start.lock"))?;
    starting.lock().doing(|| "cannot lock start.lock".to_owned())?;
    let engines = if guard_lives(&data_dir)? {
        await_published(&data_dir)?
    } else {
        let mut guard = start::spawn_guard(guard, &Arguments { spec, shared: true }, Stdio::null())?;
        start::listen(guard.stdout.take(), &mut progress)?
    };
    Ok(SharedEngines {
        engines,
        _users: users,
    })
}

fn guard_lives(data_dir: &Path) -> Result<bool, EngineError> {
    Ok(!lock::try_hold(&lock::open(&data_dir.join("guard.lock"))?)?)
}

fn await_published(data_dir: &Path) -> Result<Engines, EngineError> {
    let deadline = Instant::now() + START_LIMIT;
    while Instant::now() < deadline && guard_lives(data_dir)? {
        if let Ok(text) = fs::read_to_string(ready_file(data_dir)) {
            let mut engines = Engines::default();
            text.lines()
                .filter_map(Report::parse)
                .for_each(|report| engines.note(report));
            return Ok(engines);
        }
        thread::sleep(POLL);
    }
    Err(EngineError::Failed(
        "the guard that another process started did not get ready".to_owned(),
    ))
}

fn ready_file(data_dir: &Path) -> PathBuf {
    data_dir.join("engines.ready")
}

/// The guard's side: says that it lives for as long as the file is kept open.
pub(crate) fn announce_guard(data_dir: &Path) -> Result<File, EngineError> {
    let presence = lock::open(&data_dir.join("guard.lock"))?;
    presence.lock().doing(|| "cannot lock guard.lock".to_owned())?;
    withdraw(data_dir);
    Ok(presence)
}

pub(crate) fn users(data_dir: &Path) -> Result<Owner, EngineError> {
    Owner::users(&data_dir.join("users.lock"))
}

pub(crate) fn publish(data_dir: &Path, reports: &[Report]) -> Result<(), EngineError> {
    let lines: Vec<String> = reports.iter().map(|report| format!("{report}\n")).collect();
    let draft = data_dir.join("engines.ready.new");
    fs::write(&draft, lines.concat())
        .and_then(|()| fs::rename(&draft, ready_file(data_dir)))
        .doing(|| format!("cannot write {}", draft.display()))
}

pub(crate) fn withdraw(data_dir: &Path) {
    let _was_not_there = fs::remove_file(ready_file(data_dir));
}
