//! Programs of this workspace that tests run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The folder that cargo put this test's programs into, such as `target/debug`.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    // target/debug/deps/api-0123456789abcdef, target/debug/examples/name, or target/debug/name
    let dir = test.parent().expect("a test lies in a folder of cargo's");
    let below = dir.ends_with("deps") || dir.ends_with("examples");
    let dir = dir.parent().filter(|_| below).unwrap_or(dir);
    dir.to_owned()
}

/// The target directory, in which the tests' engines and files live.
pub(crate) fn target_dir() -> PathBuf {
    profile_dir()
        .parent()
        .expect("a profile lies in the target directory")
        .to_owned()
}

pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("testkit lies two folders deep")
        .to_owned()
}

/// Path of a program of this workspace, built with the profile of this test if it is missing or older than its
/// package's sources. `cargo test --workspace` has built all of them before.
///
/// # Panics
/// When it cannot be built.
pub fn binary(package: &str, name: &str) -> PathBuf {
    let program = profile_dir().join(name);
    let newest_source = newest_change(&package_dir(package));
    let built = fs::metadata(&program).and_then(|meta| meta.modified());
    if built.is_ok_and(|built| built >= newest_source) {
        return program;
    }
    build(package, name, &[]);
    assert!(program.is_file(), "cargo built no {}", program.display());
    program
}

fn package_dir(package: &str) -> PathBuf {
    let folders = ["shared", "services"].map(|folder| workspace().join(folder).join(package));
    folders
        .into_iter()
        .find(|folder| folder.is_dir())
        .unwrap_or_else(|| panic!("no package {package} here"))
}

fn newest_change(package: &Path) -> SystemTime {
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut folders = vec![package.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                folders.push(entry.path());
            } else if let Ok(changed) = meta.modified() {
                newest = newest.max(changed);
            }
        }
    }
    newest
}

/// A program of the package's name with its feature `broken`, which [`binary`] never has. Cargo has one place for both,
/// so it is copied from there, and the other put back; whoever wants one meanwhile waits.
///
/// # Panics
/// When it cannot be built.
pub fn broken_binary(package: &str) -> PathBuf {
    let folder = profile_dir().join("broken");
    let program = folder.join(package);
    let doing = "the folder of broken programs can be used";
    fs::create_dir_all(&folder).expect(doing);
    let others = fs::File::create(folder.join("lock")).expect(doing);
    others.lock().expect(doing);
    let sources = [package, "kafka", "outbox"].map(|package| newest_change(&package_dir(package)));
    let copied = fs::metadata(&program).and_then(|meta| meta.modified());
    if copied.is_ok_and(|copied| sources.iter().all(|changed| copied >= *changed)) {
        return program;
    }
    build(package, package, &["--features", "broken"]);
    let draft = folder.join(format!("{package}.new"));
    fs::copy(profile_dir().join(package), &draft).expect(doing);
    fs::rename(draft, &program).expect(doing);
    build(package, package, &[]);
    program
}

fn build(package: &str, name: &str, features: &[&str]) {
    let profile_dir = profile_dir();
    let profile = match profile_dir.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        package,
        "--bin",
        name,
        "--profile",
        profile,
    ]);
    cargo.args(features);
    cargo
        .arg("--target-dir")
        .arg(target_dir())
        .current_dir(workspace());
    let status = cargo
        .status()
        .unwrap_or_else(|error| panic!("cannot run cargo to build {name}: {error}"));
    assert!(status.success(), "cargo build of {name} failed");
}
