use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::arguments::Arguments;
use crate::error::Doing as _;
use crate::report::Report;
use crate::{EngineError, log_file, place};

/// What is wanted. An engine that is left out is neither looked for nor started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineSpec {
    /// Where data, locks and logs go; created when it is missing.
    pub data_dir: PathBuf,
    pub postgres: bool,
    pub kafka: bool,
}

/// How to reach the engines that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Engines {
    /// A server on a unix socket: superuser `leadstream`, database `postgres`, no password.
    pub postgres_url: Option<String>,
    /// `127.0.0.1:port`, the same one from start to start while it is free. The broker creates no topic by itself
    /// and understands lz4, gzip and no compression.
    pub kafka_bootstrap: Option<String>,
}

/// Engines that live as long as this value and this process: dropping it, and any death of the process, stops them.
#[derive(Debug)]
pub struct RunningEngines {
    engines: Engines,
    guard: Child,
}

impl RunningEngines {
    pub fn engines(&self) -> &Engines {
        &self.engines
    }

    /// Whether somebody killed the guard: the engines have gone then, or soon will.
    pub fn guard_has_died(&mut self) -> bool {
        !matches!(self.guard.try_wait(), Ok(None))
    }

    /// Stops both engines and waits until they are gone, normally about a second.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for RunningEngines {
    fn drop(&mut self) {
        // Waiting closes the pipe first, which is what the guard waits for.
        let _status = self.guard.wait();
    }
}

/// Starts the engines through a guard and waits until they answer.
///
/// The program of `guard` calls [`crate::guard_main`] with the arguments that are appended here. `progress` is told
/// what takes a while, in sentences without a full stop. Blocks for seconds: not for an async worker thread.
/// # Errors
/// [`EngineError`] says which: something must be installed first, the data is in use or strange, a tool failed.
pub fn start(
    spec: &EngineSpec,
    guard: Command,
    mut progress: impl FnMut(&str),
) -> Result<RunningEngines, EngineError> {
    let spec = EngineSpec {
        data_dir: prepare_data_dir(&spec.data_dir)?,
        ..spec.clone()
    };
    let mut guard = spawn_guard(guard, &Arguments { spec, shared: false }, Stdio::piped())?;
    match listen(guard.stdout.take(), &mut progress) {
        Ok(engines) => Ok(RunningEngines { engines, guard }),
        Err(error) => {
            let _status = guard.wait();
            Err(error)
        }
    }
}

/// The data directory as an absolute path. A new one shows its names to nobody but its owner; for root, the engines'
/// user must be able to pass through it.
pub(crate) fn prepare_data_dir(data_dir: &Path) -> Result<PathBuf, EngineError> {
    let doing = || format!("cannot use the data directory {}", data_dir.display());
    if !data_dir.exists() {
        fs::create_dir_all(data_dir).doing(doing)?;
        let mode = if rustix::process::geteuid().is_root() {
            place::PASSABLE
        } else {
            place::PRIVATE
        };
        fs::set_permissions(data_dir, fs::Permissions::from_mode(mode)).doing(doing)?;
    }
    data_dir.canonicalize().doing(doing)
}

/// In a process group of its own: Ctrl-C in a terminal reaches the program, not the guard and the engines, which
/// stop after the services.
pub(crate) fn spawn_guard(
    mut guard: Command,
    arguments: &Arguments,
    stdin: Stdio,
) -> Result<Child, EngineError> {
    let log = log_file::append(&arguments.spec.data_dir.join("logs/guard.log"))?;
    guard
        .args(arguments.to_args())
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(log)
        .process_group(0);
    guard
        .spawn()
        .doing(|| format!("cannot start the guard {}", guard.get_program().to_string_lossy()))
}

/// Reads the guard's reports until the engines are ready or it has said why not.
pub(crate) fn listen(
    reports: Option<ChildStdout>,
    progress: &mut dyn FnMut(&str),
) -> Result<Engines, EngineError> {
    let mut engines = Engines::default();
    let mut missing = Vec::new();
    let lines = reports
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufReader::lines)
        .map_while(Result::ok);
    for report in lines.filter_map(|line| Report::parse(&line)) {
        match report {
            Report::Progress(text) => progress(&text),
            Report::Missing(sentence) => missing.push(sentence),
            Report::Refused(sentence) => return Err(EngineError::Refused(sentence)),
            Report::Failed(sentence) => return Err(EngineError::Failed(sentence)),
            Report::Ready => return Ok(engines),
            address => engines.note(address),
        }
    }
    if missing.is_empty() {
        return Err(EngineError::Failed(
            "the guard of the engines ended without a word".to_owned(),
        ));
    }
    Err(EngineError::Missing(missing))
}

impl Engines {
    pub(crate) fn note(&mut self, report: Report) {
        match report {
            Report::Postgres(url) => self.postgres_url = Some(url),
            Report::Kafka(address) => self.kafka_bootstrap = Some(address),
            _ => {}
        }
    }
}
