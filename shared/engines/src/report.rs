//! What the guard says to the program that started it: one line a report on its standard output.

use std::fmt;

use crate::EngineError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Something that takes a while has begun.
    Progress(String),
    /// Postgres answers at this URL.
    Postgres(String),
    /// Kafka accepts connections at this address.
    Kafka(String),
    /// Every engine that was asked for has been reported.
    Ready,
    Missing(String),
    Refused(String),
    Failed(String),
}

impl Report {
    /// One report a sentence, so that several missing pieces arrive as several.
    pub(crate) fn of_error(error: &EngineError) -> Vec<Report> {
        match error {
            EngineError::Missing(sentences) => sentences.iter().cloned().map(Report::Missing).collect(),
            EngineError::Refused(sentence) => vec![Report::Refused(sentence.clone())],
            other => vec![Report::Failed(other.to_string())],
        }
    }

    /// Reads a line that `Display` wrote; `None` for anything else.
    pub(crate) fn parse(line: &str) -> Option<Report> {
        let (word, text) = line.split_once(' ').unwrap_or((line, ""));
        let text = text.to_owned();
        Some(match word {
            "progress" => Report::Progress(text),
            "postgres" => Report::Postgres(text),
            "kafka" => Report::Kafka(text),
            "ready" => Report::Ready,
            "missing" => Report::Missing(text),
            "refused" => Report::Refused(text),
            "failed" => Report::Failed(text),
            _ => return None,
        })
    }

    fn parts(&self) -> (&'static str, &str) {
        match self {
            Report::Progress(text) => ("progress", text),
            Report::Postgres(text) => ("postgres", text),
            Report::Kafka(text) => ("kafka", text),
            Report::Ready => ("ready", ""),
            Report::Missing(text) => ("missing", text),
            Report::Refused(text) => ("refused", text),
            Report::Failed(text) => ("failed", text),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, text) = self.parts();
        write!(f, "{word} {}", text.replace(['\n', '\r'], " "))
    }
}
