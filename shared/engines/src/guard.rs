//! The guard process: starts the engines, watches them and its owner, and stops them when the owner is gone.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::arguments::Arguments;
use crate::engine::{self, Engine, Signals};
use crate::environment::Environment;
use crate::installation::Installation;
use crate::owner::Owner;
use crate::place::Place;
use crate::report::Report;
use crate::start::EngineSpec;
use crate::{EngineError, kafka, lock, log_file, postgres, shared};

/// Recovery after a crash can take a while on a slow disk.
const START_LIMIT: Duration = Duration::from_secs(180);
const READY_POLL: Duration = Duration::from_millis(10);
const HELPER_POLL: Duration = Duration::from_millis(20);
/// How soon an engine that died is noticed, and, in shared use, that nobody is left.
const WATCH: Duration = Duration::from_millis(500);

const USAGE: u8 = 64;
const FAILED: u8 = 70;

/// The guard as a whole program; `args` are those that [`crate::start`] appends to the command it is given.
///
/// It must be called on the main thread: on Linux the engines get their parent-death signal when the thread that
/// started them ends.
pub fn guard_main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::parse(args) {
        Ok(arguments) => arguments,
        Err(sentence) => {
            note(&sentence);
            return ExitCode::from(USAGE);
        }
    };
    match serve(&arguments) {
        Ok(()) | Err(EngineError::Abandoned) => ExitCode::SUCCESS,
        Err(error) => {
            Report::of_error(&error).iter().for_each(tell);
            ExitCode::from(FAILED)
        }
    }
}

fn serve(arguments: &Arguments) -> Result<(), EngineError> {
    let data_dir = &arguments.spec.data_dir;
    let _presence = arguments
        .shared
        .then(|| shared::announce_guard(data_dir))
        .transpose()?;
    let mut guard = Guard::take(arguments)?;
    if arguments.shared {
        kafka::forget(&guard)?;
    }
    let (mut engines, reports) = guard.start_engines(&arguments.spec)?;
    if arguments.shared {
        shared::publish(data_dir, &reports)?;
    }
    reports.iter().for_each(tell);
    tell(&Report::Ready);
    let watched = guard.watch(&mut engines);
    if arguments.shared {
        shared::withdraw(data_dir);
    }
    engines.iter_mut().for_each(Engine::ask_to_stop);
    watched
}

/// What the preparation of an engine needs to know and to do.
pub(crate) struct Guard {
    data_dir: PathBuf,
    lock: Arc<File>,
    owner: Owner,
    pub(crate) place: Place,
    pub(crate) environment: Environment,
}

/// An engine whose process runs, and how to see that it is ready.
pub(crate) struct Started {
    pub(crate) engine: Engine,
    pub(crate) answers: Box<dyn Fn() -> bool>,
    pub(crate) report: Report,
}

impl Guard {
    fn take(arguments: &Arguments) -> Result<Guard, EngineError> {
        let data_dir = arguments.spec.data_dir.clone();
        let mut owner = if arguments.shared {
            shared::users(&data_dir)?
        } else {
            Owner::parent()
        };
        let lock = Arc::new(lock::hold_engine_lock(&data_dir, &mut owner, tell)?);
        let place = Place::settle(&data_dir)?;
        let guard = Guard {
            data_dir,
            lock,
            owner,
            place,
            environment: Environment::read(),
        };
        if guard.place.folder != guard.data_dir {
            guard.progress(&guard.moved());
        }
        Ok(guard)
    }

    fn moved(&self) -> String {
        let user = self
            .place
            .account
            .as_ref()
            .map_or("the engines' user", |account| &account.name);
        let (from, to) = (self.data_dir.display(), self.place.folder.display());
        format!("Postgres and Kafka run as {user}, who cannot enter {from}: their data is in {to}")
    }

    /// Every missing piece is reported before anything is started.
    fn start_engines(&mut self, spec: &EngineSpec) -> Result<(Vec<Engine>, Vec<Report>), EngineError> {
        let mut missing = Vec::new();
        let installation = spec
            .postgres
            .then(|| Installation::find(&self.environment, &postgres::data_folder(self)))
            .transpose()
            .unwrap_or_else(|sentence| {
                missing.push(sentence);
                None
            });
        let tools = spec
            .kafka
            .then(|| kafka::Tools::find(self))
            .transpose()
            .unwrap_or_else(|sentences| {
                missing.extend(sentences);
                None
            });
        if !missing.is_empty() {
            return Err(EngineError::Missing(missing));
        }
        // Kafka takes longer, so it goes first and Postgres is made ready meanwhile.
        let kafka = tools.map(|tools| kafka::start(self, &tools)).transpose()?;
        let postgres = installation
            .map(|found| postgres::start(self, &found))
            .transpose()?;
        let ready = [postgres, kafka]
            .into_iter()
            .flatten()
            .map(|started| self.await_ready(started));
        Ok(ready.collect::<Result<Vec<_>, _>>()?.into_iter().unzip())
    }

    fn await_ready(&mut self, mut started: Started) -> Result<(Engine, Report), EngineError> {
        let deadline = Instant::now() + START_LIMIT;
        while !(started.answers)() {
            let engine = &mut started.engine;
            let ended = engine.exited()?.is_some();
            if ended || Instant::now() > deadline {
                let how = if ended {
                    "ended while it started"
                } else {
                    "does not get ready"
                };
                let words = log_file::last_words(&engine.log);
                return Err(EngineError::Failed(format!("{} {how}: {words}", engine.name)));
            }
            self.owner.pause(READY_POLL)?;
        }
        Ok((started.engine, started.report))
    }

    /// Until the owner has gone; an engine that dies meanwhile is started again where it was.
    fn watch(&mut self, engines: &mut [Engine]) -> Result<(), EngineError> {
        while !self.owner.gone_within(WATCH)? {
            for engine in engines.iter_mut() {
                if let Some(status) = engine.exited()?
                    && engine.restart()?
                {
                    note(&format!(
                        "{} had ended ({status}) and was started again",
                        engine.name
                    ));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn progress(&self, text: &str) {
        tell(&Report::Progress(text.to_owned()));
    }

    /// Waits a moment for something another process does; an error when the owner has gone.
    pub(crate) fn pause(&mut self) -> Result<(), EngineError> {
        self.owner.pause(HELPER_POLL)
    }

    pub(crate) fn log_path(&self, name: &str) -> PathBuf {
        self.data_dir.join("logs").join(name).with_extension("log")
    }

    /// Starts a process, of [`Guard::engine_command`], that lives until the guard stops it.
    pub(crate) fn spawn(
        &self,
        name: &'static str,
        mut command: Command,
        signals: Signals,
    ) -> Result<Engine, EngineError> {
        let log = self.log_path(name);
        self.bind(&mut command, &log, signals.stop)?;
        Engine::spawn(name, command, log, signals)
    }

    /// Runs a tool to its end; it is killed when the owner goes meanwhile.
    pub(crate) fn run(&mut self, mut command: Command, log: &Path) -> Result<ExitStatus, EngineError> {
        self.bind(&mut command, log, Signal::KILL)?;
        let mut child = engine::spawn(&mut command)?;
        loop {
            if let Some(status) = child.try_wait().map_err(|source| wait_failed(&command, source))? {
                return Ok(status);
            }
            if let Err(gone) = self.pause() {
                let _ended_meanwhile = child.kill();
                let _status = child.wait();
                return Err(gone);
            }
        }
    }

    fn bind(&self, command: &mut Command, log: &Path, on_death: Signal) -> Result<(), EngineError> {
        let output = log_file::begin(log)?;
        let errors = output
            .try_clone()
            .map_err(|source| wait_failed(command, source))?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        engine::bind_to_guard(command, Arc::clone(&self.lock), on_death);
        Ok(())
    }

    /// A command that runs as the engines' user and sees nothing of our environment, which may hold secrets.
    pub(crate) fn engine_command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", self.environment.path());
        if let Some(account) = &self.place.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }
}

fn wait_failed(command: &Command, source: io::Error) -> EngineError {
    EngineError::Io {
        what: format!("cannot run {}", command.get_program().to_string_lossy()),
        source,
    }
}

/// To the parent, which may have stopped listening.
fn tell(report: &Report) {
    let mut out = io::stdout().lock();
    let _nobody_listens = writeln!(out, "{report}").and_then(|()| out.flush());
}

/// To the guard's own log.
fn note(text: &str) {
    let _nobody_listens = writeln!(io::stderr(), "{text}");
}
