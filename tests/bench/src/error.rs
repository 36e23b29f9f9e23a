use std::io;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Files, sockets, processes.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The engines cannot run here.
    #[error("real engines are needed: {0}")]
    Engines(#[from] engines::EngineError),
    /// Postgres refused.
    #[error("Postgres: {0}")]
    Database(#[from] sqlx::Error),
    /// The report cannot be written.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A server answered in a way that is not HTTP as we know it.
    #[error("an answer cannot be understood: {0}")]
    Answer(&'static str),
    /// A task of the benchmark panicked.
    #[error("{0} died")]
    Died(&'static str),
    /// A program did not do what it was started for.
    #[error("{0}")]
    Program(String),
    /// Something did not happen in time.
    #[error("gave up waiting: {0}")]
    TooLate(&'static str),
}
