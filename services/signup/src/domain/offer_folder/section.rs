//! A table of `offer.toml`, read key by key: what is missing, unknown or of the wrong kind is noted with its line.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use contracts::text::is_forbidden_in_line;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistakes, line_of};

/// The file whose tables are read, and where its mistakes go.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub mistakes: &'a Mistakes,
}

impl Source<'_> {
    /// Notes a mistake at a place of the file.
    pub fn note(&self, at: &Range<usize>, text: impl Into<String>) {
        self.mistakes.note(self.file, Some(line_of(self.text, at)), text);
    }
}

/// A value with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    pub value: T,
    pub at: Range<usize>,
}

/// One table. Call [`Section::finish`] when all of its keys have been asked for.
#[derive(Debug)]
pub struct Section<'a> {
    source: Source<'a>,
    /// Its name with a dot after it, such as `page.`; empty for the whole file.
    prefix: String,
    table: &'a DeTable<'a>,
    at: Range<usize>,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Section<'a> {
    /// The whole file.
    #[must_use]
    pub fn root(source: Source<'a>, table: &'a Spanned<DeTable<'a>>) -> Self {
        Self::new(source, String::new(), table.get_ref(), 0..0)
    }

    fn new(source: Source<'a>, prefix: String, table: &'a DeTable<'a>, at: Range<usize>) -> Self {
        Self {
            source,
            prefix,
            table,
            at,
            known: RefCell::default(),
        }
    }

    /// Where the table begins.
    #[must_use]
    pub fn at(&self) -> &Range<usize> {
        &self.at
    }

    /// Notes a mistake in it.
    pub fn note(&self, at: &Range<usize>, text: &str) {
        self.source.note(at, format!("{}{text}", self.prefix));
    }

    /// A table of this one that must be there.
    pub fn section(&self, key: &'static str) -> Option<Section<'a>> {
        let value = self.required(key)?;
        self.as_section(key, value)
    }

    /// A table of this one that may be left out.
    pub fn optional_section(&self, key: &'static str) -> Option<Section<'a>> {
        let value = self.get(key)?;
        self.as_section(key, value)
    }

    /// The tables of a list of tables; at least one.
    pub fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.required(key) else {
            return Vec::new();
        };
        let items = value.get_ref().as_array().filter(|items| !items.is_empty());
        let Some(items) = items else {
            self.wrong(key, value, &format!("at least one [[{}{key}]]", self.prefix));
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.as_section(key, item))
            .collect()
    }

    /// One line of text with at most `max` characters.
    pub fn text(&self, key: &'static str, max: usize) -> Option<Placed<String>> {
        let value = self.required(key)?;
        self.as_text(key, value, max)
    }

    /// As [`Section::text`]; may be left out.
    pub fn optional_text(&self, key: &'static str, max: usize) -> Option<Placed<String>> {
        let value = self.get(key)?;
        self.as_text(key, value, max)
    }

    /// A list of `1..=count` lines of text.
    pub fn texts(&self, key: &'static str, count: usize, max: usize) -> Option<Vec<Placed<String>>> {
        let value = self.required(key)?;
        let texts = self.as_texts(key, value, max)?;
        if texts.is_empty() || texts.len() > count {
            self.wrong(key, value, &format!("a list of 1 to {count} texts"));
            return None;
        }
        Some(texts)
    }

    /// A list of texts that may be left out or empty.
    pub fn optional_texts(&self, key: &'static str, max: usize) -> Option<Vec<Placed<String>>> {
        match self.get(key) {
            Some(value) => self.as_texts(key, value, max),
            None => Some(Vec::new()),
        }
    }

    /// Text that is read into a type of its own.
    pub fn parsed<T, E: std::fmt::Display>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Placed<T>> {
        let text = self.text(key, 200)?;
        match parse(&text.value) {
            Ok(value) => Some(Placed { value, at: text.at }),
            Err(error) => {
                self.source
                    .note(&text.at, format!("{}{key} {error}", self.prefix));
                None
            }
        }
    }

    /// Notes the keys that nobody asked for.
    pub fn finish(&self) {
        let known = self.known.borrow();
        for key in self
            .table
            .keys()
            .filter(|key| !known.contains(key.get_ref().as_ref()))
        {
            let expected: Vec<&str> = known.iter().copied().collect();
            let text = format!(
                "{}{} is not a key of an offer; here are: {}",
                self.prefix,
                key.get_ref(),
                expected.join(", ")
            );
            self.source.note(&key.span(), text);
        }
    }

    fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.borrow_mut().insert(key);
        self.table.get(key)
    }

    fn required(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.get(key);
        if value.is_none() {
            self.source
                .note(&self.at, format!("{}{key} is missing", self.prefix));
        }
        value
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) {
        self.source
            .note(&value.span(), format!("{}{key} must be {expected}", self.prefix));
    }

    fn as_section(&self, key: &'static str, value: &'a Spanned<DeValue<'a>>) -> Option<Section<'a>> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, "a table");
            return None;
        };
        let prefix = format!("{}{key}.", self.prefix);
        Some(Section::new(self.source, prefix, table, value.span()))
    }

    fn as_texts(
        &self,
        key: &'static str,
        value: &'a Spanned<DeValue<'a>>,
        max: usize,
    ) -> Option<Vec<Placed<String>>> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(key, value, "a list of texts");
            return None;
        };
        items.iter().map(|item| self.as_text(key, item, max)).collect()
    }

    fn as_text(&self, key: &str, value: &Spanned<DeValue<'_>>, max: usize) -> Option<Placed<String>> {
        let expected = format!("one line of text with at most {max} characters");
        let text = value
            .get_ref()
            .as_str()
            .map(str::trim)
            .filter(|text| is_line(text, max));
        if text.is_none() {
            self.wrong(key, value, &expected);
        }
        text.map(|text| Placed {
            value: text.to_owned(),
            at: value.span(),
        })
    }
}

fn is_line(text: &str, max: usize) -> bool {
    !text.is_empty() && text.chars().count() <= max && !text.chars().any(is_forbidden_in_line)
}
