//! A clock that is wrong, for processes that are started with it: by libfaketime, where that is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use uuid::Uuid;

/// What libfaketime leaves out.
const TIMED_WAITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/timed_waits.c");

/// What processes take for the time of day; how long something takes they measure rightly.
#[derive(Debug)]
pub struct WrongClock {
    library: PathBuf,
    timed_waits: PathBuf,
    file: PathBuf,
}

impl WrongClock {
    /// A clock that is still right; `None`, said aloud, without libfaketime (Debian's package `libfaketime`).
    ///
    /// # Panics
    /// When the file that says how wrong it is cannot be written, or the C compiler, which a build needs anyway, fails.
    pub fn new() -> Option<Self> {
        let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
        let Some(library) = libraries.find(|library| library.exists()) else {
            crate::skipped("a wrong clock wants libfaketime");
            return None;
        };
        let file = std::env::temp_dir().join(format!("leadstream-clock-{}", Uuid::now_v7().simple()));
        let timed_waits = file.with_extension("so");
        compile(Path::new(TIMED_WAITS), &timed_waits);
        let clock = Self {
            library,
            timed_waits,
            file,
        };
        clock.set(0);
        Some(clock)
    }

    /// Days that it is ahead from now on, also for processes that run already; negative for behind.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn set(&self, days: i32) {
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{days:+}d\n")).expect("a file");
        fs::rename(next, &self.file).expect("the file is replaced in one step");
    }

    /// The environment of a process that lives by it.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            (
                "LD_PRELOAD",
                format!("{}:{}", self.library.display(), self.timed_waits.display()),
            ),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DISABLE_SHM", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}

impl Drop for WrongClock {
    fn drop(&mut self) {
        for file in [&self.file, &self.timed_waits] {
            let _gone = fs::remove_file(file);
        }
    }
}

/// Makes a shared library.
fn compile(source: &Path, library: &Path) {
    let mut compiler = Command::new("cc");
    compiler
        .args(["-O2", "-shared", "-fPIC", "-pthread", "-o"])
        .args([library, source]);
    let status = compiler.status().expect("a C compiler");
    assert!(status.success(), "{} is compiled", source.display());
}
