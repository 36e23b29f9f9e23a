//! Reading `routes.toml`: everything wrong with it is told at once, with file and line.

mod reader;

use std::fmt;

use serde::Deserialize;
use toml::Spanned;

use self::reader::Reader;
use super::route::RoutingTable;

/// Why a routes file was refused; `Display` gives one line for each mistake: `file:line: what is wrong`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutesError {
    file: String,
    mistakes: Vec<(usize, String)>,
}

impl fmt::Display for RoutesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (line, text)) in self.mistakes.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{line}: {text}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for RoutesError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    fallback_inbox: Spanned<String>,
    topics: Vec<TopicText>,
    teams: Vec<TeamText>,
    rules: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicText {
    slug: Spanned<String>,
    title: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TeamText {
    slug: Spanned<String>,
    name: Spanned<String>,
    inbox: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    name: Spanned<String>,
    when: Option<Spanned<WhenText>>,
    team: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhenText {
    topic: Option<Values>,
    words: Option<Values>,
    address_domain: Option<Values>,
    campaign: Option<Values>,
}

type Values = Spanned<Vec<Spanned<String>>>;

/// Reads the text of a routes file. `file` is its name in messages.
///
/// # Errors
/// [`RoutesError`] with every mistake found; what cannot be read as TOML of this shape ends with the first.
pub fn parse(file: &str, text: &str) -> Result<RoutingTable, RoutesError> {
    let mut reader = Reader::new(text);
    let table = match toml::from_str::<FileText>(text) {
        Ok(parsed) => reader.table(&parsed),
        Err(error) => reader.refuse(&error.span().unwrap_or_default(), error.message()),
    };
    match table {
        Some(table) if reader.mistakes.is_empty() => Ok(table),
        _ => Err(RoutesError {
            file: file.to_owned(),
            mistakes: reader.mistakes,
        }),
    }
}

#[cfg(test)]
mod tests;
