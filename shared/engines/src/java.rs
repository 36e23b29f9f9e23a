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
    match version(&java) {
        Some(major) if major >= OLDEST => Ok(java),
        Some(major) => Err(missing(&format!("found Java {major} ({})", java.display()))),
        None => Err(missing(&format!("{} does not work", java.display()))),
    }
}

fn missing(found: &str) -> String {
    format!(
        "Kafka needs Java {OLDEST} or newer, {found}: install it (apt: default-jre-headless, dnf: \
         java-21-openjdk-headless, brew: openjdk), or set KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs already."
    )
}

fn version(java: &Path) -> Option<u32> {
    let output = Command::new(java)
        .arg("-version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    major(&String::from_utf8_lossy(&output.stderr))
}

/// The major version in what `java -version` prints: `openjdk version "17.0.15" …`, or `"1.8.0_402"` of old.
fn major(printed: &str) -> Option<u32> {
    let quoted = printed.split('"').nth(1)?;
    let mut numbers = quoted.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    match numbers.next()?.ok()? {
        1 => numbers.next()?.ok(),
        major => Some(major),
    }
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_every_style_of_java() {
        assert_eq!(
            major("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime"),
            Some(17)
        );
        assert_eq!(major("java version \"1.8.0_402\""), Some(8));
        assert_eq!(major("openjdk version \"25\" 2025-09-16"), Some(25));
        assert_eq!(major("openjdk version \"26-ea\" 2026-03-17"), Some(26));
        assert_eq!(
            major("Picked up JAVA_TOOL_OPTIONS: -Xint\nopenjdk version \"21.0.1\""),
            Some(21)
        );
        assert_eq!(
            major("The operation couldn’t be completed. Unable to locate a Java Runtime."),
            None
        );
    }
}
