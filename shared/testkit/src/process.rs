use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::{wait_for, wait_until};

/// A program that runs beside the test, killed with this value. What it prints is kept.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    output: Arc<Mutex<String>>,
}

impl Process {
    /// Starts a program, for example one of [`crate::binary`]. `name` is for messages.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(name: &str, mut command: Command) -> Process {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let output = Arc::default();
        keep(child.stdout.take(), &output);
        keep(child.stderr.take(), &output);
        Process {
            name: name.to_owned(),
            child,
            output,
        }
    }

    /// All lines of standard output and standard error so far.
    pub fn output(&self) -> String {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a line contains `text`.
    ///
    /// # Panics
    /// With the whole output when the deadline has passed.
    pub async fn wait_for_output(&self, text: &str, deadline: Duration) {
        let what = format!("{} prints {text:?}", self.name);
        wait_until(&what, deadline, async || self.output().contains(text)).await;
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        // An error means that it has ended already, which is what is wanted.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }

    /// SIGTERM: asks for a graceful stop.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// SIGSTOP: freezes it, with all its connections open.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGCONT: lets it run again.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        // Nobody but `exited` and `kill` waits for the child, so its number is its own.
        kill_process(Pid::from_child(&self.child), signal)
            .unwrap_or_else(|error| panic!("{} cannot be signalled: {error}", self.name));
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// When it runs longer than the deadline.
    pub async fn exited(&mut self, deadline: Duration) -> ExitStatus {
        let what = format!("{} ends", self.name);
        wait_for(&what, deadline, async || {
            self.child.try_wait().expect("a child can be waited for")
        })
        .await
    }
}

impl Drop for Process {
    /// Prints what it said when the test is failing.
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            print_output(&self.name, &self.output());
        }
    }
}

#[expect(clippy::print_stdout, reason = "the test runner shows it with the failure")]
fn print_output(name: &str, output: &str) {
    println!("---- {name} said ----\n{output}---- end of {name} ----");
}

fn keep(pipe: Option<impl Read + Send + 'static>, output: &Arc<Mutex<String>>) {
    let Some(pipe) = pipe else { return };
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            output.push_str(&line);
            output.push('\n');
        }
    });
}
