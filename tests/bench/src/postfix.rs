//! Postfix's own load generator and sink: what we are compared with, and what we both send to.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::error::BenchError;
use crate::program::free_address;

const FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/lib/postfix", "/usr/local/sbin"];
/// Whom the sink becomes where it is started by root.
const NOBODY: &str = "nobody";
const READY: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(10);

/// The two programs of the package `postfix`; the mail system itself need not run.
#[derive(Debug)]
pub struct Postfix {
    sink: PathBuf,
    source: PathBuf,
}

/// A relay that takes every mail and keeps none; ends with this value.
#[derive(Debug)]
pub struct PostfixSink {
    pub address: SocketAddr,
    child: Child,
}

impl Postfix {
    /// `None` where the package is not installed.
    pub fn find() -> Option<Self> {
        let find = |name: &str| {
            let mut places = FOLDERS.iter().map(|folder| Path::new(folder).join(name));
            places.find(|place| place.exists())
        };
        Some(Self {
            sink: find("smtp-sink")?,
            source: find("smtp-source")?,
        })
    }

    /// Starts the sink on a free port.
    ///
    /// # Errors
    /// When it does not listen soon.
    pub async fn sink(&self) -> Result<PostfixSink, BenchError> {
        let address = free_address()?;
        let mut command = Command::new(&self.sink);
        if is_root()? {
            command.args(["-u", NOBODY]);
        }
        let child = command
            .arg(address.to_string())
            .arg("256")
            .stdin(Stdio::null())
            .spawn()?;
        let sink = PostfixSink { address, child };
        let end = Instant::now() + READY;
        while TcpStream::connect(address).await.is_err() {
            if Instant::now() > end {
                return Err(BenchError::TooLate("smtp-sink listens"));
            }
            sleep(POLL).await;
        }
        Ok(sink)
    }

    /// Mails a second of smtp-source into this sink, each session kept for all of its mails.
    ///
    /// # Errors
    /// When it fails.
    pub async fn rate(
        &self,
        to: SocketAddr,
        sessions: usize,
        mails: u64,
        octets: usize,
    ) -> Result<f64, BenchError> {
        let mut command = Command::new(&self.source);
        command.args(["-d", "-s", &sessions.to_string(), "-m", &mails.to_string()]);
        command.args([
            "-l",
            &octets.to_string(),
            "-f",
            "a@bench.example",
            "-t",
            "b@bench.example",
        ]);
        command.arg(to.to_string()).stdin(Stdio::null());
        let begin = Instant::now();
        let running = tokio::task::spawn_blocking(move || command.status());
        let status = running.await.map_err(|_| BenchError::Died("smtp-source"))??;
        if status.success() {
            return Ok(mails as f64 / begin.elapsed().as_secs_f64());
        }
        Err(BenchError::Program("smtp-source failed".to_owned()))
    }
}

impl Drop for PostfixSink {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

fn is_root() -> Result<bool, BenchError> {
    use std::os::unix::fs::MetadataExt;
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}
