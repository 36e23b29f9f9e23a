//! What is wrong with a folder, where, in words for the marketer who wrote it.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Name of the file inside the offer's folder.
    pub file: String,
    /// 1 for the first line; none where the mistake is in no line.
    pub line: Option<usize>,
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

/// Collects the mistakes, so that all of them are named at once.
#[derive(Debug, Default)]
pub struct Mistakes(RefCell<Vec<Mistake>>);

impl Mistakes {
    /// Notes one.
    pub fn note(&self, file: &str, line: Option<usize>, text: impl Into<String>) {
        self.0.borrow_mut().push(Mistake {
            file: file.to_owned(),
            line,
            text: text.into(),
        });
    }

    /// All of them, in the order of files and lines.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Mistake> {
        let mut mistakes = self.0.into_inner();
        mistakes.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        mistakes
    }
}

/// The line that a part of a text begins in.
#[must_use]
pub fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = &text.as_bytes()[..span.start.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
