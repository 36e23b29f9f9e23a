//! A child process of the guard, and how it is ended.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use crate::EngineError;
use crate::error::Doing as _;

/// How long an engine may take for a clean stop before it is told to hurry, and after that until it is killed.
const CLEAN_STOP: Duration = Duration::from_secs(10);
const HURRIED_STOP: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(10);
/// An engine that dies at once is not started more often than this.
const RESTART_PAUSE: Duration = Duration::from_secs(2);

/// What an engine understands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signals {
    pub(crate) stop: Signal,
    pub(crate) hurry: Signal,
}

/// A running engine. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    pub(crate) log: PathBuf,
    command: Command,
    child: Child,
    spawned: Instant,
    signals: Signals,
}

impl Engine {
    /// The command must have gone through [`bind_to_guard`].
    pub(crate) fn spawn(
        name: &'static str,
        mut command: Command,
        log: PathBuf,
        signals: Signals,
    ) -> Result<Engine, EngineError> {
        let child = spawn(&mut command)?;
        Ok(Engine {
            name,
            log,
            command,
            child,
            spawned: Instant::now(),
            signals,
        })
    }

    /// How it ended, if it did.
    pub(crate) fn exited(&mut self) -> Result<Option<ExitStatus>, EngineError> {
        self.child
            .try_wait()
            .doing(|| format!("cannot wait for {}", self.name))
    }

    /// Starts it again after it has exited by itself; says whether it did, or left that for later.
    pub(crate) fn restart(&mut self) -> Result<bool, EngineError> {
        if self.spawned.elapsed() < RESTART_PAUSE {
            return Ok(false);
        }
        self.child = spawn(&mut self.command)?;
        self.spawned = Instant::now();
        Ok(true)
    }

    /// Asks for a clean stop and does not wait for it; that is what dropping does.
    pub(crate) fn ask_to_stop(&mut self) {
        self.signal(self.signals.stop);
    }

    fn signal(&mut self, signal: Signal) {
        // A child that was not waited for keeps its number, so this never reaches a stranger.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _gone_meanwhile = rustix::process::kill_process(Pid::from_child(&self.child), signal);
        }
    }

    fn ended_within(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.ask_to_stop();
        if self.ended_within(CLEAN_STOP) {
            return;
        }
        self.signal(self.signals.hurry);
        if !self.ended_within(HURRIED_STOP) {
            self.signal(Signal::KILL);
            self.ended_within(HURRIED_STOP);
        }
    }
}

pub(crate) fn spawn(command: &mut Command) -> Result<Child, EngineError> {
    command
        .spawn()
        .doing(|| format!("cannot start {}", command.get_program().to_string_lossy()))
}

/// Makes the child inherit the lock, so that it is held while the child lives, and, on Linux, get a signal should
/// the guard be killed. The signal is tied to the *thread* that spawns: that must be the guard's main thread.
#[expect(unsafe_code, reason = "nothing in std ties a child's life to its parent's")]
pub(crate) fn bind_to_guard(command: &mut Command, lock: Arc<File>, on_death: Signal) {
    let guard = rustix::process::getpid();
    let bind = move || {
        rustix::io::fcntl_setfd(&*lock, rustix::io::FdFlags::empty())?;
        die_with(guard, on_death)
    };
    // SAFETY: between fork and exec the closure only makes system calls (fcntl, prctl, getppid) that are
    // async-signal-safe, and neither allocates nor takes a lock.
    unsafe { command.pre_exec(bind) };
}

#[cfg(target_os = "linux")]
fn die_with(guard: Pid, on_death: Signal) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(on_death))?;
    // The guard may have died before the line above took effect.
    if rustix::process::getppid() == Some(guard) {
        Ok(())
    } else {
        Err(rustix::io::Errno::CHILD.into())
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with(_guard: Pid, _on_death: Signal) -> io::Result<()> {
    Ok(())
}
