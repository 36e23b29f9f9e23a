//! One Postgres server on a unix socket: no port, no password, no clash.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use crate::engine::Signals;
use crate::error::Doing as _;
use crate::guard::{Guard, Started};
use crate::installation::Installation;
use crate::report::Report;
use crate::{EngineError, log_file};

/// Part of the socket's name, and so of the URL; nothing listens on a TCP port.
const PORT: u16 = 5432;
const SETTINGS: [&str; 3] = ["listen_addresses=", "shared_buffers=64MB", "max_connections=300"];

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

    let mut command = guard.engine_command(installation.bin.join("postgres"));
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
    let mut command = guard.engine_command(installation.bin.join("initdb"));
    command
        .arg("-D")
        .arg(&draft)
        .args(["-U", "leadstream", "--auth=trust", "-E", "UTF8", "--locale=C"]);
    command.arg("--no-instructions").current_dir(&draft);
    let log = guard.log_path("initdb");
    if !guard.run(command, &log)?.success() {
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

    use super::url;

    #[test]
    fn a_path_with_odd_letters_makes_a_valid_url() {
        let url = url(Path::new("/home/zoë/a b/.leadstream/postgres"));
        assert_eq!(
            url,
            "postgres://leadstream@%2Fhome%2Fzo%C3%AB%2Fa%20b%2F.leadstream%2Fpostgres:5432/postgres"
        );
    }
}
