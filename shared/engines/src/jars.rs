//! The jars of the broker: checked by their sums, fetched by Maven where they are missing.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::error::Doing as _;
use crate::guard::Guard;
use crate::{EngineError, lock, log_file, place};

const POM: &str = include_str!("../assets/pom.xml");
/// One jar a line: sum, bytes, path in a Maven repository.
const LIST: &str = include_str!("../assets/jars.sha256");

struct Jar {
    sum: &'static str,
    bytes: u64,
    name: &'static str,
}

fn listed() -> impl Iterator<Item = Jar> {
    LIST.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (sum, bytes, path) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?);
        Some(Jar {
            sum,
            bytes,
            name: path.rsplit('/').next()?,
        })
    })
}

impl Jar {
    fn is_in(&self, folder: &Path) -> bool {
        let path = folder.join(self.name);
        fs::metadata(&path).is_ok_and(|meta| meta.len() == self.bytes)
            && fs::read(&path).is_ok_and(|jar| HEXLOWER.encode(&Sha256::digest(jar)) == self.sum)
    }
}

/// The folder of exactly this list of jars, shared by all data directories of a user: another list, another
/// folder. For root it must be one that the engines' user can enter.
pub(crate) fn folder(guard: &Guard) -> PathBuf {
    let name = format!("kafka-jars-{}", HEXLOWER.encode(&Sha256::digest(LIST)[..6]));
    let cache = guard.environment.cache.as_ref().unwrap_or(&guard.place.folder);
    match &guard.place.account {
        Some(account) if !account.can_enter(cache) => Path::new("/var/cache/leadstream").join(name),
        _ => cache.join(name),
    }
}

/// Whether every jar is there and is the one we tested with.
pub(crate) fn complete(folder: &Path) -> bool {
    listed().all(|jar| jar.is_in(folder))
}

/// What Java is told to load, in a fixed order.
pub(crate) fn class_path(folder: &Path) -> String {
    let jars: Vec<String> = listed()
        .map(|jar| folder.join(jar.name).display().to_string())
        .collect();
    jars.join(":")
}

/// Finds Maven; the error is the sentence for the user.
pub(crate) fn find_maven(guard: &Guard) -> Result<PathBuf, String> {
    guard.environment.find("mvn").ok_or_else(|| {
        "Kafka's jars are not on this machine yet, and Maven, which fetches them, is not installed (apt, dnf and \
         brew: maven): install it, or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs already."
            .to_owned()
    })
}

/// Fetches the jars beside their folder and moves them there when all sums match, so that a fetch that is cut off
/// leaves nothing half done. One at a time: Maven's own repository does not bear two at once.
pub(crate) fn fetch(guard: &mut Guard, maven: &Path, folder: &Path) -> Result<(), EngineError> {
    guard.progress("Fetching Kafka's jars with Maven (27 MB, once)");
    let cache = folder.parent().unwrap_or(folder);
    fs::create_dir_all(cache).doing(|| format!("cannot make the folder {}", cache.display()))?;
    let turn = lock::open(&folder.with_extension("lock"))?;
    while !lock::try_hold(&turn)? {
        guard.pause()?;
    }
    if complete(folder) {
        return Ok(());
    }
    let workshop = folder.with_extension("part");
    place::open_folder(&workshop, 0o755)?;
    let fetched = run_maven(guard, maven, &workshop).and_then(|()| adopt(&workshop.join("jars"), folder));
    let _nothing_is_lost = fs::remove_dir_all(&workshop);
    fetched
}

fn run_maven(guard: &mut Guard, maven: &Path, workshop: &Path) -> Result<(), EngineError> {
    fs::write(workshop.join("pom.xml"), POM).doing(|| format!("cannot write to {}", workshop.display()))?;
    let mut command = Command::new(maven);
    command.args([
        "-q",
        "-B",
        "-f",
        "pom.xml",
        "dependency:copy-dependencies",
        "-DoutputDirectory=jars",
    ]);
    command.current_dir(workshop);
    let log = guard.log_path("maven");
    if guard.run(command, &log)?.success() {
        return Ok(());
    }
    Err(EngineError::Failed(format!(
        "Maven could not fetch Kafka's jars: {}. Without a network, set KAFKA_BOOTSTRAP_SERVERS to a Kafka that \
         runs already.",
        log_file::last_words(&log)
    )))
}

fn adopt(fetched: &Path, folder: &Path) -> Result<(), EngineError> {
    if let Some(jar) = listed().find(|jar| !jar.is_in(fetched)) {
        return Err(EngineError::Failed(format!(
            "{} as Maven delivers it is not the file that Leadstream was tested with: look at the mirrors in \
             Maven's settings.xml.",
            jar.name
        )));
    }
    make_readable(fetched)?;
    if folder.exists() {
        fs::remove_dir_all(folder).doing(|| format!("cannot replace {}", folder.display()))?;
    }
    fs::rename(fetched, folder).doing(|| format!("cannot move the jars to {}", folder.display()))
}

/// The engines may run as another user than Maven did.
fn make_readable(folder: &Path) -> Result<(), EngineError> {
    place::open_folder(folder, 0o755)?;
    for jar in listed() {
        fs::set_permissions(folder.join(jar.name), Permissions::from_mode(0o644))
            .doing(|| format!("cannot make {} readable", jar.name))?;
    }
    Ok(())
}
