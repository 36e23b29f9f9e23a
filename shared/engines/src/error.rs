use std::io;

/// Why the engines are not there. `Display` is meant for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Pieces that must be installed first, one sentence each, with package names and the setting that makes
    /// the piece unnecessary. A program ends with exit code 69 on it.
    #[error("{}", .0.join("\n"))]
    Missing(Vec<String>),

    /// The engines cannot be started on this data directory; the sentence says what to do. Nothing was changed.
    #[error("{0}")]
    Refused(String),

    /// An engine, or a tool that prepares it, failed; the sentence quotes its last words and names its log.
    #[error("{0}")]
    Failed(String),

    /// A file or a process of ours could not be handled.
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },

    /// The program that asked for the engines has ended meanwhile. Only the guard itself meets this.
    #[error("the program that asked for the engines has ended")]
    Abandoned,
}

/// Adds to an [`io::Error`] what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, EngineError>;
}

impl<T, E: Into<io::Error>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, EngineError> {
        self.map_err(|error| EngineError::Io {
            what: what(),
            source: error.into(),
        })
    }
}
