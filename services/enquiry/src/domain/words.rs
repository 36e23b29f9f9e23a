//! Whole words in a message, whatever their case and script.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// A text as its words (UAX #29), folded.
#[derive(Debug, Clone)]
pub struct Text(Vec<String>);

/// One word or several in a row, as a rule asks for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    written: String,
    words: Vec<String>,
}

impl Text {
    /// The words of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(fold(text))
    }
}

impl Phrase {
    /// A phrase as written; none if there is no word in it.
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let words = fold(written);
        (!words.is_empty()).then(|| Self {
            written: written.trim().to_owned(),
            words,
        })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether the text has these words side by side.
    #[must_use]
    pub fn is_in(&self, text: &Text) -> bool {
        self.is_within(&text.0)
    }

    /// Whether every text that has `other` also has this.
    #[must_use]
    pub fn is_part_of(&self, other: &Self) -> bool {
        self.is_within(&other.words)
    }

    fn is_within(&self, words: &[String]) -> bool {
        words.windows(self.words.len()).any(|window| window == self.words)
    }
}

/// Through upper case and back: so "Straße" meets "STRASSE", and a final sigma any other.
fn fold(text: &str) -> Vec<String> {
    let normal: String = text.nfc().collect();
    normal
        .unicode_words()
        .map(|word| word.to_uppercase().to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn has(text: &str, phrase: &str) -> bool {
        Phrase::parse(phrase).expect("has a word").is_in(&Text::new(text))
    }

    #[test]
    fn a_word_is_found_in_any_case_but_only_as_a_whole() {
        assert!(has("Where is my INVOICE?", "invoice"));
        assert!(!has("We are invoiced twice", "invoice"));
        assert!(!has("", "invoice"));
    }

    #[test]
    fn words_of_other_scripts_are_found_too() {
        assert!(has("Wo ist die STRASSE", "straße"));
        assert!(has("ΟΔΟΣ", "οδος"));
        assert!(has("Cafe\u{301}!", "café"));
        assert!(has("返金してください", "返金"));
    }

    #[test]
    fn several_words_must_stand_side_by_side() {
        assert!(has("a Purchase  order, please", "purchase order"));
        assert!(!has("order a purchase", "purchase order"));
    }

    #[test]
    fn signs_alone_are_no_phrase() {
        assert_eq!(Phrase::parse(" -- ! "), None);
    }

    proptest! {
        #[test]
        fn every_word_of_a_text_is_found_in_it(text in "\\PC{0,60}") {
            for word in text.unicode_words() {
                prop_assert!(has(&text, word) || fold(word) != vec![word.to_uppercase().to_lowercase()]);
            }
        }
    }
}
