//! One Kafka broker that is its own controller (KRaft), formatted without starting a JVM for it.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use data_encoding::BASE64URL_NOPAD;
use rustix::process::Signal;

use crate::engine::Signals;
use crate::error::Doing as _;
use crate::guard::{Guard, Started};
use crate::place::open_folder;
use crate::report::Report;
use crate::{EngineError, jars, java};

/// Records that set the feature levels of a new cluster, as `StorageTool format` of 4.3.1 writes them; they name
/// neither a cluster nor a node. To be made again when the version of Kafka changes.
const BOOTSTRAP: &[u8] = include_bytes!("../assets/bootstrap.checkpoint");
const PROPERTIES: &str = include_str!("../assets/server.properties");

/// Below the ports that Linux and macOS hand out to outgoing connections, which would compete with us.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

const JVM: [&str; 8] = [
    "-Xms32m",
    "-Xmx128m",
    "-Xss256k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:MaxDirectMemorySize=64m",
    // With it, a JVM that may pass through its working directory but not list it wakes up in /tmp.
    "-XX:-UsePerfData",
    // A broker that has run out of memory is of no use; the guard starts it again.
    "-XX:+ExitOnOutOfMemoryError",
];

/// What must be on the machine, found before anything is started.
pub(crate) struct Tools {
    java: PathBuf,
    jars: PathBuf,
    /// Given when the jars must be fetched first.
    maven: Option<PathBuf>,
}

impl Tools {
    /// The error has one sentence for each missing piece.
    pub(crate) fn find(guard: &Guard) -> Result<Tools, Vec<String>> {
        let jars = jars::folder(guard);
        let java = java::find(&guard.environment);
        let maven = if jars::complete(&jars) {
            Ok(None)
        } else {
            jars::find_maven(guard).map(Some)
        };
        match (java, maven) {
            (Ok(java), Ok(maven)) => Ok(Tools { java, jars, maven }),
            (java, maven) => Err([java.err(), maven.err()].into_iter().flatten().collect()),
        }
    }
}

pub(crate) fn start(guard: &mut Guard, tools: &Tools) -> Result<Started, EngineError> {
    if let Some(maven) = &tools.maven {
        jars::fetch(guard, maven, &tools.jars)?;
    }
    guard.progress("Starting Kafka");
    let folder = guard.place.folder.join("kafka");
    open_folder(&folder, guard.place.passable())?;
    format(guard, &folder)?;
    let ports = Ports::choose(&folder.join("server.properties"))?;
    ports.write(&folder.join("server.properties"))?;

    let mut command = guard.engine_command(&tools.java);
    command
        .args(JVM)
        .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp"]);
    command
        .arg(jars::class_path(&tools.jars))
        .args(["kafka.Kafka", "server.properties"]);
    // Java reads file names by the locale: without it, a path with an umlaut is not found.
    command.env("LC_ALL", "C.UTF-8").current_dir(&folder);
    let engine = guard.spawn(
        "kafka",
        command,
        Signals {
            stop: Signal::TERM,
            hurry: Signal::KILL,
        },
    )?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.broker));
    let answers = Box::new(move || TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok());
    Ok(Started {
        engine,
        answers,
        report: Report::Kafka(address.to_string()),
    })
}

/// Throws a log away. Topics of tests pile up otherwise, and a broker takes longer to start with each.
pub(crate) fn forget(guard: &Guard) -> Result<(), EngineError> {
    let folder = guard.place.folder.join("kafka");
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(&folder).doing(|| format!("cannot remove {}", folder.display()))
}

/// Writes what `StorageTool format` would, once, beside the place where it goes: what is there is whole.
fn format(guard: &Guard, folder: &Path) -> Result<(), EngineError> {
    let data = folder.join("data");
    if data.exists() {
        return check_layout(&data.join("meta.properties"));
    }
    let draft = folder.join("data.new");
    let doing = || format!("cannot prepare {}", data.display());
    open_folder(&draft, 0o700)?;
    let meta = format!("version=1\ncluster.id={}\nnode.id=1\n", new_cluster_id()?);
    for (name, content) in [
        ("bootstrap.checkpoint", BOOTSTRAP),
        ("meta.properties", meta.as_bytes()),
    ] {
        let path = draft.join(name);
        fs::write(&path, content)
            .and_then(|()| File::open(&path)?.sync_all())
            .doing(doing)?;
        guard.place.hand_over(&path)?;
    }
    guard.place.hand_over(&draft)?;
    fs::rename(&draft, &data).doing(doing)
}

fn check_layout(meta: &Path) -> Result<(), EngineError> {
    let text = fs::read_to_string(meta).unwrap_or_default();
    if text.lines().any(|line| line == "version=1") && text.lines().any(|line| line == "node.id=1") {
        return Ok(());
    }
    Err(EngineError::Refused(format!(
        "{} was written by a Kafka that this Leadstream does not know: use the Leadstream that made it, or give this \
         one a new data directory with LEADSTREAM_DATA_DIR.",
        meta.display()
    )))
}

fn new_cluster_id() -> Result<String, EngineError> {
    let mut id = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut id))
        .doing(|| "cannot read /dev/urandom".to_owned())?;
    Ok(BASE64URL_NOPAD.encode(&id))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ports {
    broker: u16,
    controller: u16,
}

impl Ports {
    /// Those of the run before when they are free, so that clients which outlive a broker find the next one.
    fn choose(properties: &Path) -> Result<Ports, EngineError> {
        let before = fs::read_to_string(properties)
            .ok()
            .as_deref()
            .and_then(Ports::read);
        if let Some(ports) = before.filter(|ports| is_free(ports.broker) && is_free(ports.controller)) {
            return Ok(ports);
        }
        let mut free = shuffled_ports().filter(|port| is_free(*port));
        match (free.next(), free.next()) {
            (Some(broker), Some(controller)) => Ok(Ports { broker, controller }),
            _ => Err(EngineError::Failed(
                "no port on 127.0.0.1 is free for Kafka".to_owned(),
            )),
        }
    }

    /// Out of `listeners=BROKER://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002`.
    fn read(properties: &str) -> Option<Ports> {
        let listeners = properties
            .lines()
            .find_map(|line| line.strip_prefix("listeners="))?;
        let mut ports = listeners
            .split(',')
            .filter_map(|one| one.rsplit(':').next()?.parse().ok());
        Some(Ports {
            broker: ports.next()?,
            controller: ports.next()?,
        })
    }

    fn write(self, path: &Path) -> Result<(), EngineError> {
        let text = PROPERTIES
            .replace("{broker}", &self.broker.to_string())
            .replace("{controller}", &self.controller.to_string());
        fs::write(path, text).doing(|| format!("cannot write {}", path.display()))
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// All of [`PORTS`], from a place that differs from start to start: two guards rarely ask for the same one.
fn shuffled_ports() -> impl Iterator<Item = u16> {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let count = usize::from(PORTS.end - PORTS.start);
    let skipped = (now.subsec_nanos() as usize / 1_000 + std::process::id() as usize * 31) % count;
    PORTS.cycle().skip(skipped).take(count)
}

#[cfg(test)]
mod tests {
    use super::{PROPERTIES, Ports};

    #[test]
    fn the_ports_of_a_run_are_found_again_in_its_properties() {
        let text = PROPERTIES
            .replace("{broker}", "20001")
            .replace("{controller}", "20002");
        assert_eq!(
            Ports::read(&text),
            Some(Ports {
                broker: 20_001,
                controller: 20_002
            })
        );
        assert_eq!(Ports::read("listeners=nonsense"), None);
    }
}
