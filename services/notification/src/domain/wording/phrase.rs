//! One phrase a line; `#` starts a comment. A phrase is words with spaces between them; `a|b` is either word, `word*`
//! any word that starts so, `..` leaves room for a few words, and `^` stands for the begin of the text.

use super::Words;

/// Room that `..` leaves: `account [that you tried to reach does] not exist`.
const GAP_MAX: usize = 6;

#[derive(Debug)]
enum Element {
    Gap,
    OneOf(Vec<Pattern>),
}

#[derive(Debug)]
enum Pattern {
    Word(&'static str),
    Start(&'static str),
}

#[derive(Debug)]
struct Phrase {
    at_begin: bool,
    elements: Vec<Element>,
}

/// The phrases of a list.
#[derive(Debug)]
pub struct Phrases(Vec<Phrase>);

impl Phrases {
    #[must_use]
    pub fn parse(list: &'static str) -> Self {
        Self(lines(list).map(Phrase::parse).collect())
    }

    /// Whether the text has one of the phrases.
    #[must_use]
    pub fn any_in(&self, words: &Words) -> bool {
        self.0.iter().any(|phrase| phrase.is_in(words.as_slice()))
    }
}

fn lines(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
}

impl Phrase {
    fn parse(line: &'static str) -> Self {
        let rest = line.strip_prefix('^');
        Self {
            at_begin: rest.is_some(),
            elements: rest
                .unwrap_or(line)
                .split_whitespace()
                .map(Element::parse)
                .collect(),
        }
    }

    fn is_in(&self, words: &[String]) -> bool {
        let last_start = if self.at_begin { 0 } else { words.len() };
        (0..=last_start).any(|start| starts_with(&words[start..], &self.elements))
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

/// Panics at a word that is not written as words are read, and so never found.
#[cfg(test)]
pub fn check_list(list: &'static str) {
    for line in lines(list) {
        for word in line
            .trim_start_matches('^')
            .split([' ', '|'])
            .filter(|word| !word.is_empty() && *word != "..")
        {
            let bare = word.strip_suffix('*').unwrap_or(word);
            assert_eq!(Words::of(bare).as_slice(), [bare], "in `{line}`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(phrase: &'static str, text: &str) -> bool {
        Phrases::parse(phrase).any_in(&Words::of(text))
    }

    #[test]
    fn a_phrase_is_found_word_by_word() {
        assert!(is_in("user|account unknown", "550 Account unknown."));
        assert!(!is_in("user unknown", "superuser unknown"));
        assert!(is_in("blacklist*", "IP BLACKLISTED"));
    }

    #[test]
    fn a_gap_is_short() {
        assert!(is_in(
            "account .. not exist",
            "account that you tried to reach does not exist"
        ));
        assert!(is_in("account .. not exist", "account not exist"));
        assert!(!is_in("account .. not", "account a b c d e f g not"));
    }

    #[test]
    fn a_phrase_can_be_asked_for_at_the_begin() {
        assert!(is_in("^ automatic reply", "Automatic reply: hello"));
        assert!(!is_in("^ automatic reply", "Re: Automatic reply: hello"));
    }

    #[test]
    fn comments_and_empty_lines_are_no_phrases() {
        assert_eq!(Phrases::parse("# a\n\n user unknown # Postfix\n").0.len(), 1);
    }
}
