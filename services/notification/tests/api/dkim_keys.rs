//! Keys as an operator makes them: with the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use notification::mail::dkim::{Keys, read};
use uuid::Uuid;

/// A folder with keys for `course.example`; gone with this value.
pub struct KeyFolder(PathBuf);

impl KeyFolder {
    pub fn empty() -> Self {
        Self(std::env::temp_dir().join(format!("leadstream-dkim-{}", Uuid::now_v7())))
    }

    /// An RSA and an Ed25519 key, both active.
    pub fn new() -> Self {
        let folder = Self::empty();
        folder.generate("s1", &[]);
        folder
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("dkim.toml")
    }

    pub fn keys(&self) -> Keys {
        read(&self.file()).expect("keys")
    }

    /// Makes keys, and answers what was printed.
    pub fn generate(&self, selector: &str, more: &[&str]) -> String {
        let output = self.try_generate("course.example", selector, more);
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    pub fn try_generate(&self, domain: &str, selector: &str, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_notification"));
        command.env_clear().args(["dkim", "generate"]).arg(&self.0);
        command
            .args(["--domain", domain, "--selector", selector])
            .args(more);
        command.output().expect("it runs")
    }
}

impl Drop for KeyFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
