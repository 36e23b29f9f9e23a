//! The phrases of the lists in `signs/`.
//!
//! One phrase a line; `#` starts a comment. A phrase is words with spaces between them; `a|b` is either word, `word*`
//! any word that starts so, and `..` leaves room for a few words.

/// Room that `..` leaves: `account [that you tried to reach does] not exist`.
const GAP_MAX: usize = 6;

#[derive(Debug, PartialEq, Eq)]
enum Element {
    Gap,
    OneOf(Vec<Pattern>),
}

#[derive(Debug, PartialEq, Eq)]
enum Pattern {
    Word(&'static str),
    Start(&'static str),
}

/// A phrase that is looked for among words.
#[derive(Debug)]
pub(super) struct Phrase(Vec<Element>);

impl Phrase {
    /// Every phrase of a list.
    pub(super) fn list(text: &'static str) -> Vec<Self> {
        text.lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim())
            .filter(|line| !line.is_empty())
            .map(|line| Self(line.split_whitespace().map(Element::parse).collect()))
            .collect()
    }

    pub(super) fn is_in(&self, words: &[String]) -> bool {
        (0..words.len()).any(|start| starts_with(&words[start..], &self.0))
    }
}

impl Element {
    fn parse(text: &'static str) -> Self {
        if text == ".." {
            return Self::Gap;
        }
        Self::OneOf(text.split('|').map(Pattern::parse).collect())
    }
}

impl Pattern {
    fn parse(text: &'static str) -> Self {
        text.strip_suffix('*').map_or(Self::Word(text), Self::Start)
    }

    fn fits(&self, word: &str) -> bool {
        match self {
            Self::Word(own) => word == *own,
            Self::Start(start) => word.starts_with(start),
        }
    }
}

fn starts_with(words: &[String], elements: &[Element]) -> bool {
    match elements.split_first() {
        None => true,
        Some((Element::Gap, rest)) => {
            (0..=GAP_MAX.min(words.len())).any(|skipped| starts_with(&words[skipped..], rest))
        }
        Some((Element::OneOf(patterns), rest)) => words.split_first().is_some_and(|(word, others)| {
            patterns.iter().any(|pattern| pattern.fits(word)) && starts_with(others, rest)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::Words;
    use super::*;

    fn is_in(phrase: &'static str, text: &str) -> bool {
        Phrase::list(phrase)[0].is_in(Words::of(text).as_slice())
    }

    #[test]
    fn a_phrase_is_found_word_by_word() {
        assert!(is_in("user|account unknown", "550 Account unknown."));
        assert!(!is_in("user unknown", "superuser unknown"));
        assert!(is_in("blacklist*", "IP BLACKLISTED"));
    }

    #[test]
    fn a_gap_is_short() {
        assert!(is_in("account .. not exist", "account that you tried to reach does not exist"));
        assert!(is_in("account .. not exist", "account not exist"));
        assert!(!is_in("account .. not", "account a b c d e f g not"));
    }

    #[test]
    fn comments_and_empty_lines_are_no_phrases() {
        assert_eq!(Phrase::list("# a\n\n user unknown # Postfix\n").len(), 1);
    }
}
