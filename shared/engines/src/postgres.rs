//! One Postgres server on a unix socket: no port, no password, no clash.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::engine::Signals;
use crate::environment::Environment;
use crate::error::Doing as _;
use crate::guard::{Guard, Started};
use crate::report::Report;
use crate::{EngineError, log_file};

const OLDEST: u32 = 15;
const ALTERNATIVE: &str = "or set DATABASE_URL to a server that runs already";

/// Part of the socket's name, and so of the URL; nothing listens on a TCP port.
const PORT: u16 = 5432;
const SETTINGS: [&str; 3] = ["listen_addresses=", "shared_buffers=64MB", "max_connections=300"];

/// Where package managers put the programs when they leave them out of the search path.
const USUAL_FOLDERS: [&str; 5] = [
    "/usr/lib/postgresql",
    "/usr/pgsql",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/Applications/Postgres.app/Contents/Versions",
];

#[derive(Clone, Debug)]
pub(crate) struct Installation {
    bin: PathBuf,
    major: u32,
}

impl Installation {
    /// The newest one; but a data directory keeps the version that made it. The error is the sentence for the user.
    pub(crate) fn find(environment: &Environment, data: &Path) -> Result<Installation, String> {
        let found: Vec<Installation> = candidates(environment)
            .iter()
            .filter_map(|bin| Installation::at(bin))
            .collect();
        let wanted = match fs::read_to_string(data.join("PG_VERSION")) {
            Ok(version) => Some(version.trim().to_owned()),
            Err(_) => None,
        };
        let fits = |one: &&Installation| match &wanted {
            Some(version) => one.major.to_string() == *version,
            None => one.major >= OLDEST,
        };
        let best = found.iter().filter(fits).max_by_key(|one| one.major).cloned();
        best.ok_or_else(|| missing(&found, wanted.as_deref(), data))
    }

    fn at(bin: &Path) -> Option<Installation> {
        // Links in the search path lead to the folder where the programs find each other.
        let postgres = bin.join("postgres").canonicalize().ok()?;
        let bin = postgres.parent()?.to_owned();
        let output = Command::new(&postgres)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        bin.join("initdb")
            .is_file()
            .then_some(Installation { bin, major })
    }
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(printed: &str) -> Option<u32> {
    let version = printed.split_whitespace().nth(2)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn candidates(environment: &Environment) -> Vec<PathBuf> {
    if let Some(bin) = &environment.postgres_bin {
        return vec![bin.clone()];
    }
    let mut folders: Vec<PathBuf> = environment.search_path().map(Path::to_owned).collect();
    for usual in USUAL_FOLDERS {
        let versions = fs::read_dir(usual).into_iter().flatten().flatten();
        folders.extend(versions.map(|version| version.path().join("bin")));
    }
    folders.retain(|folder| folder.join("postgres").is_file());
    folders
}

fn missing(found: &[Installation], wanted: Option<&str>, data: &Path) -> String {
    let majors: Vec<String> = found.iter().map(|one| one.major.to_string()).collect();
    let found = if majors.is_empty() {
        "none".to_owned()
    } else {
        majors.join(", ")
    };
    match wanted {
        Some(version) => format!(
            "{} was written by PostgreSQL {version}, and found here was {found}: install that version (apt: \
             postgresql-{version}, dnf: postgresql{version}-server, brew: postgresql@{version}) or name its folder \
             in LEADSTREAM_PG_BIN, {ALTERNATIVE}.",
            data.display()
        ),
        None => format!(
            "Leadstream needs PostgreSQL {OLDEST} or newer, found {found}: install it (apt: postgresql, dnf: \
             postgresql-server, brew: postgresql) or name its folder in LEADSTREAM_PG_BIN, {ALTERNATIVE}."
        ),
    }
}

pub(crate) fn data_folder(guard: &Guard) -> PathBuf {
    guard.place.folder.join("postgres")
}

pub(crate) fn start(guard: &mut Guard, installation: &Installation) -> Result<Started, EngineError> {
    let data = data_folder(guard);
    if !data.join("PG_VERSION").exists() {
        initialise(guard, installation, &data)?;
    }
    guard.progress(&format!("Starting Postgres {}", installation.major));
    remove_stale_pid_file(&data)?;
    let sockets = guard.place.socket_folder(&data)?;

    let mut command = Command::new(installation.bin.join("postgres"));
    command
        .arg("-D")
        .arg(&data)
        .arg("-k")
        .arg(&sockets)
        .args(["-p", &PORT.to_string()]);
    command
        .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
        .current_dir(&data);
    let engine = guard.spawn(
        "postgres",
        command,
        Signals {
            stop: Signal::INT,
            hurry: Signal::QUIT,
        },
    )?;
    let url = url(&sockets);
    let socket = sockets.join(format!(".s.PGSQL.{PORT}"));
    let answers = Box::new(move || answers(&socket).unwrap_or(false));
    Ok(Started {
        engine,
        answers,
        report: Report::Postgres(url),
    })
}

/// Runs `initdb` beside the data directory, so that one which was cut off is thrown away and done again.
fn initialise(guard: &mut Guard, installation: &Installation, data: &Path) -> Result<(), EngineError> {
    guard.progress(&format!(
        "Creating a database with PostgreSQL {}",
        installation.major
    ));
    let draft = data.with_extension("new");
    let doing = || format!("cannot prepare {}", data.display());
    if draft.exists() {
        fs::remove_dir_all(&draft).doing(doing)?;
    }
    guard.place.private_folder("postgres.new")?;
    let mut command = Command::new(installation.bin.join("initdb"));
    command
        .arg("-D")
        .arg(&draft)
        .args(["-U", "leadstream", "--auth=trust", "-E", "UTF8", "--locale=C"]);
    command.arg("--no-instructions").current_dir(&draft);
    let log = guard.log_path("initdb");
    if !guard.run_as_engine(command, &log)?.success() {
        return Err(EngineError::Failed(format!(
            "initdb failed: {}",
            log_file::last_words(&log)
        )));
    }
    fs::rename(&draft, data).doing(doing)
}

/// After a power loss the number in `postmaster.pid` may meanwhile be any other program's, and Postgres would then
/// refuse to start. That the engine lock is ours proves that none of our servers is left; a server that somebody
/// started by hand is seen by its name.
fn remove_stale_pid_file(data: &Path) -> Result<(), EngineError> {
    let path = data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(());
    };
    let pid = text.lines().next().unwrap_or_default().trim();
    match fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) if name.trim() != "postgres" => {
            fs::remove_file(&path).doing(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// The socket's folder as a percent-encoded host, which libpq and sqlx both read.
fn url(sockets: &Path) -> String {
    let host: String = sockets
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|byte| encoded(*byte))
        .collect();
    format!("postgres://leadstream@{host}:{PORT}/postgres")
}

fn encoded(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    }
}

/// Begins a session: a server that is still recovering answers with an error (`E`), a ready one asks for
/// authentication (`R`).
fn answers(socket: &Path) -> io::Result<bool> {
    const PROTOCOL_3_0: [u8; 4] = [0, 3, 0, 0];
    const TERMINATE: [u8; 5] = [b'X', 0, 0, 0, 4];
    const WHO: &[u8] = b"user\0leadstream\0database\0postgres\0\0";
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let length = u32::try_from(8 + WHO.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), &PROTOCOL_3_0, WHO].concat())?;
    let mut first = [0];
    stream.read_exact(&mut first)?;
    stream.write_all(&TERMINATE)?;
    Ok(first == *b"R")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{major, url};

    #[test]
    fn the_major_version_is_read_from_every_packager() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 18beta2\n"), Some(18));
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn a_path_with_odd_letters_makes_a_valid_url() {
        let url = url(Path::new("/home/zoë/a b/.leadstream/postgres"));
        assert_eq!(
            url,
            "postgres://leadstream@%2Fhome%2Fzo%C3%AB%2Fa%20b%2F.leadstream%2Fpostgres:5432/postgres"
        );
    }
}
