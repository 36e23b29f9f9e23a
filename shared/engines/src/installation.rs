//! Finding the programs of Postgres on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment::Environment;

const OLDEST: u32 = 15;
const ALTERNATIVE: &str = "or set DATABASE_URL to a server that runs already";

/// Where package managers put each version when they leave it out of the search path: the folder around, and how
/// the version's own begins. Debian, PostgreSQL's RPMs, Homebrew on both kinds of Mac, Postgres.app.
const USUAL_FOLDERS: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql"),
    ("/usr/local/opt", "postgresql"),
    ("/Applications/Postgres.app/Contents/Versions", ""),
];

/// One version of Postgres.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub(crate) bin: PathBuf,
    pub(crate) major: u32,
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
    for (parent, prefix) in USUAL_FOLDERS {
        let versions = fs::read_dir(parent).into_iter().flatten().flatten();
        let ours = versions.filter(|version| {
            version
                .file_name()
                .as_encoded_bytes()
                .starts_with(prefix.as_bytes())
        });
        folders.extend(ours.map(|version| version.path().join("bin")));
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

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_every_packager() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 18beta2\n"), Some(18));
        assert_eq!(major("something else"), None);
    }
}
