use std::fmt::Display;

/// A setting that cannot be used. Its `Display` is one sentence that names the setting and never shows a secret;
/// `main` prints it and ends with [`crate::exit_code::USAGE`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}.")]
pub struct SettingsError {
    name: String,
    problem: String,
}

impl SettingsError {
    /// `problem` goes on from the name: `SettingsError::new("SMTP_URL", "must start with smtp:// or smtps://")`.
    pub fn new(name: impl Into<String>, problem: impl Display) -> SettingsError {
        SettingsError {
            name: name.into(),
            problem: problem.to_string(),
        }
    }

    /// Name of the setting, as its environment variable is spelt.
    pub fn name(&self) -> &str {
        &self.name
    }
}
