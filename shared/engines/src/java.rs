use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment::Environment;

/// Kafka 4 brokers are compiled for it.
const OLDEST: u32 = 17;

/// Finds a Java that is new enough; the error is the sentence for the user.
pub(crate) fn find(environment: &Environment) -> Result<PathBuf, String> {
    let from_home = environment
        .java_home
        .as_ref()
        .map(|home| home.join("bin/java"))
        .filter(|java| java.is_file());
    let java = from_home
        .or_else(|| environment.find("java"))
        .ok_or_else(|| missing("found none"))?;
    match ask(&java) {
        Some(found) if found.major >= OLDEST => Ok(found.home.join("bin/java")),
        Some(found) => Err(missing(&format!(
            "found Java {} ({})",
            found.major,
            java.display()
        ))),
        None => Err(missing(&format!("{} does not work", java.display()))),
    }
}

fn missing(found: &str) -> String {
    format!(
        "Kafka needs Java {OLDEST} or newer, {found}: install it (apt: default-jre-headless, dnf: \
         java-21-openjdk-headless, brew: openjdk), or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs already."
    )
}

/// What a Java says of itself. What one starts by name may be a version manager's script, which needs the
/// environment of the user and does not pass signals on; its home has the program itself.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    major: u32,
    home: PathBuf,
}

fn ask(java: &Path) -> Option<Found> {
    let mut command = Command::new(java);
    command
        .args(["-XshowSettings:properties", "-version"])
        .stdin(Stdio::null());
    let output = command.output().ok()?;
    Found::read(&String::from_utf8_lossy(&output.stderr))
}

impl Found {
    /// Out of lines such as `    java.specification.version = 17`, which for Java 8 says 1.8.
    fn read(printed: &str) -> Option<Found> {
        let property = |name| {
            printed
                .lines()
                .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(" = "))
        };
        let version = property("java.specification.version")?;
        let major = version.strip_prefix("1.").unwrap_or(version).parse().ok()?;
        Some(Found {
            major,
            home: PathBuf::from(property("java.home")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::Found;

    #[test]
    fn version_and_home_are_read_from_what_java_prints() {
        let printed = "Picked up JAVA_TOOL_OPTIONS: -Xint\nProperty settings:\n    java.home = /usr/lib/jvm/java 17\n    \
                       java.specification.version = 17\n    java.version = 17.0.15\n\nopenjdk version \"17.0.15\"";
        assert_eq!(
            Found::read(printed),
            Some(Found {
                major: 17,
                home: PathBuf::from("/usr/lib/jvm/java 17")
            })
        );
        let old = "    java.home = /jre\n    java.specification.version = 1.8\n";
        assert_eq!(
            Found::read(old),
            Some(Found {
                major: 8,
                home: PathBuf::from("/jre")
            })
        );
        assert_eq!(Found::read("Unable to locate a Java Runtime."), None);
    }
}
