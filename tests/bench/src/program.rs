//! Programs that are measured, each a process of its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::error::BenchError;

const READY: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(2);

/// How to start a program: its file, arguments and environment, and where it says that it is ready.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub name: &'static str,
    pub file: PathBuf,
    pub arguments: Vec<String>,
    pub settings: Vec<(&'static str, String)>,
    /// Where it takes requests.
    pub public: SocketAddr,
    /// Where `/readyz` is.
    pub ready: SocketAddr,
    pub log: PathBuf,
}

/// A program that runs; killed with this value.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// From its start to its first "ready".
    pub ready_after: Duration,
}

impl Recipe {
    /// Starts the program and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started or does not get ready.
    pub async fn start(&self) -> Result<Program, BenchError> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = self.command(&self.arguments);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let begin = Instant::now();
        let mut program = Program {
            child: command.spawn()?,
            ready_after: Duration::ZERO,
        };
        while !answers_ready(self.ready).await {
            if begin.elapsed() > READY || program.child.try_wait()?.is_some() {
                let log = self.log.display();
                return Err(BenchError::Program(format!(
                    "{} does not get ready, see {log}",
                    self.name
                )));
            }
            sleep(POLL).await;
        }
        program.ready_after = begin.elapsed();
        Ok(program)
    }

    /// Runs it with other arguments until it ends.
    ///
    /// # Errors
    /// When it fails.
    pub fn run(&self, arguments: &[&str]) -> Result<(), BenchError> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let output = self.command(&arguments).output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(BenchError::Program(format!(
            "{} {arguments:?} failed: {said}",
            self.name
        )))
    }

    fn command(&self, arguments: &[String]) -> Command {
        let mut command = Command::new(&self.file);
        let settings = self.settings.iter().map(|(name, value)| (name, value));
        command.args(arguments).envs(settings);
        command
    }
}

impl Program {
    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Whether `GET /readyz` says 200.
async fn answers_ready(at: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(at).await?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")
            .await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer.starts_with(b"HTTP/1.1 200"))
    };
    ask.await.unwrap_or(false)
}

/// The folder of this program, where cargo puts the others too.
///
/// # Errors
/// When the system does not tell.
pub fn folder() -> Result<PathBuf, BenchError> {
    let own = std::env::current_exe()?;
    Ok(own.parent().unwrap_or(Path::new(".")).to_owned())
}

/// Builds what is measured, with this program's own profile.
///
/// # Errors
/// When cargo fails.
pub fn build_all() -> Result<(), BenchError> {
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--profile", profile, "--bins"]);
    for package in ["engines", "signup", "enquiry", "notification"] {
        cargo.args(["--package", package]);
    }
    if cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success() {
        return Ok(());
    }
    Err(BenchError::Program("the services cannot be built".to_owned()))
}

/// An address of this machine that is free now.
///
/// # Errors
/// When no port is free.
pub fn free_address() -> Result<SocketAddr, BenchError> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
