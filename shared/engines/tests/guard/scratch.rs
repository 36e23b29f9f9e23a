//! A data directory of one test, and looking at what runs on it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use engines::{EngineError, EngineSpec, RunningEngines};

pub struct Scratch {
    pub dir: PathBuf,
}

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("a scratch folder");
        // When root runs the tests, another user runs the engines and must get in.
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).expect("a scratch folder");
        Scratch {
            dir: dir.canonicalize().expect("a scratch folder"),
        }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub fn spec(&self, postgres: bool, kafka: bool) -> EngineSpec {
        EngineSpec {
            data_dir: self.data_dir(),
            postgres,
            kafka,
        }
    }

    pub fn start(&self, postgres: bool, kafka: bool) -> Result<RunningEngines, EngineError> {
        engines::start(&self.spec(postgres, kafka), guard(), |_| {})
    }

    /// A program that has engines and can be killed.
    pub fn spawn_holder(&self, postgres_only: bool) -> Child {
        let mut holder = Command::new(holder());
        holder
            .arg(self.data_dir())
            .arg(guard().get_program())
            .args(postgres_only.then_some("--postgres"));
        holder
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the example is built")
    }

    /// Numbers of the processes that work on this directory and whose command line contains `word`.
    pub fn processes(&self, word: &str) -> Vec<i32> {
        let here = self.dir.as_os_str().as_encoded_bytes();
        let processes = fs::read_dir("/proc")
            .expect("tests look at /proc")
            .flatten()
            .map(|entry| entry.path());
        let ours = processes.filter(|process| {
            let command = fs::read(process.join("cmdline")).unwrap_or_default();
            let folder = fs::read_link(process.join("cwd")).unwrap_or_default();
            let about = [&command, folder.as_os_str().as_encoded_bytes()].concat();
            contains(&about, here) && contains(&command, word.as_bytes()) && !contains(&command, b"/guard-")
        });
        ours.filter_map(|process| process.file_name()?.to_str()?.parse().ok())
            .collect()
    }

    pub fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !holds() {
            assert!(
                Instant::now() < deadline,
                "{what}; running: {:?}",
                self.processes("")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A killed process holds its locks for a moment longer.
    pub fn until_unlocked(&self, name: &str) {
        let file = fs::File::open(self.data_dir().join(name)).expect("a lock file");
        self.until("the lock is free", || file.try_lock_shared().is_ok());
    }

    pub fn until_nothing_runs(&self) {
        self.until("nothing runs any more", || self.processes("").is_empty());
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _left_for_a_look = fs::remove_dir_all(&self.dir);
    }
}

pub fn guard() -> Command {
    Command::new(env!("CARGO_BIN_EXE_engine-guard"))
}

/// The example is built with the tests.
fn holder() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_engine-guard"))
        .with_file_name("examples")
        .join("keep_engines")
}

/// The answer of psql to one statement.
pub fn query(url: Option<&str>, statement: &str) -> Result<String, String> {
    let mut psql = Command::new("psql");
    psql.arg(url.expect("Postgres was asked for"))
        .args(["-X", "-At", "-c", statement]);
    let output = psql.output().expect("psql comes with Postgres");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

pub fn kill(pid: i32) {
    assert!(
        Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .is_ok_and(|status| status.success())
    );
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}
