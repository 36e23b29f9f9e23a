//! Text that a visitor types: a name and a message. Kept in NFC; nothing in it can change a header or a line of a log.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

const NAME_GRAPHEMES: usize = 64;
const NAME_BYTES: usize = 512;
const MESSAGE_GRAPHEMES: usize = 4_000;
const MESSAGE_BYTES: usize = 16_384;

/// Why a text was refused, in words for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("Please write something here.")]
    Empty,
    #[error("This is too long: {0} characters at most.")]
    TooLong(usize),
    #[error("This has characters that cannot be shown, such as control characters.")]
    Control,
    #[error("A name cannot hold a web address.")]
    WebAddress,
}

/// A person's name as typed, one line. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PersonName(String);

/// What a visitor asks, several lines with `\n` ends. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MessageText(String);

impl PersonName {
    /// Trims, normalises to NFC and checks.
    ///
    /// # Errors
    /// [`TextError`], never [`TextError::Empty`] for a name that is left out: see [`PersonName::optional`].
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        let text = clean(typed, NAME_BYTES, NAME_GRAPHEMES, is_forbidden_in_line)?;
        if holds_web_address(&text) {
            return Err(TextError::WebAddress);
        }
        Ok(Self(text))
    }

    /// As [`PersonName::parse`]; a blank field is no name.
    ///
    /// # Errors
    /// [`TextError`] of a name that was typed.
    pub fn optional(typed: Option<&str>) -> Result<Option<Self>, TextError> {
        typed
            .filter(|text| !text.trim().is_empty())
            .map(Self::parse)
            .transpose()
    }

    /// The name itself. Call it only where it is stored, sent or shown to the team.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl MessageText {
    /// Trims, turns CRLF and CR into LF, normalises to NFC and checks.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        let lines = typed.replace("\r\n", "\n").replace('\r', "\n");
        clean(&lines, MESSAGE_BYTES, MESSAGE_GRAPHEMES, is_forbidden_in_message).map(Self)
    }

    /// The message itself. Call it only where it is stored, sent or shown to the team.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn clean(
    typed: &str,
    bytes: usize,
    graphemes: usize,
    forbidden: fn(char) -> bool,
) -> Result<String, TextError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(TextError::Empty);
    }
    if typed.len() > bytes {
        return Err(TextError::TooLong(graphemes));
    }
    let text = nfc(typed).into_owned();
    if text.chars().any(forbidden) {
        return Err(TextError::Control);
    }
    if text.len() > bytes || text.graphemes(true).count() > graphemes {
        return Err(TextError::TooLong(graphemes));
    }
    Ok(text)
}

/// What no line of text may hold: control characters, and what hides or turns the text around it.
#[must_use]
pub fn is_forbidden_in_line(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

/// Longest UTM tag that is kept, in bytes.
pub const TAG_BYTES: usize = 200;

/// As [`in_one_line`], in lower case: what strangers write into a link, to be counted and compared.
#[must_use]
pub fn fold(text: &str, bytes: usize) -> Option<String> {
    in_one_line(&capped(text, 4 * bytes).to_lowercase(), bytes)
}

/// NFC without what no line may hold, white space as single blanks, cut to this many bytes; nothing if nothing is
/// left. Stable: what comes out comes out again.
#[must_use]
pub fn in_one_line(text: &str, bytes: usize) -> Option<String> {
    let visible: String = nfc(capped(text, 4 * bytes))
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_forbidden_in_line(*c))
        .collect();
    let words: Vec<&str> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    let cut = nfc(capped(&line, bytes).trim_end());
    (!cut.is_empty()).then(|| cut.into_owned())
}

/// Normalisation form C (UAX #15), which ASCII always is in.
fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The longest beginning of at most so many bytes.
fn capped(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn is_forbidden_in_message(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || is_invisible(c)
}

/// Direction overrides and isolates, line separators, zero-width spaces, tags and non-characters: what hides or
/// turns text around. The zero-width joiners stay, scripts and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}' | '\u{061C}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
        || (c as u32) & 0xFFFE == 0xFFFE
        || matches!(c, '\u{FDD0}'..='\u{FDEF}')
}

fn holds_web_address(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("://") || lower.contains("www.") || lower.contains("http:") || lower.contains("https:")
}

macro_rules! redacted_text {
    ($type:ident, $max:expr) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": $max })
            }
        }
    };
}

redacted_text!(PersonName, NAME_BYTES);
redacted_text!(MessageText, MESSAGE_BYTES);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_cannot_carry_a_header_an_advert_or_a_turned_line() {
        for (typed, error) in [
            ("Anna\r\nBcc: all@example.net", TextError::Control),
            ("Anna\u{202E}", TextError::Control),
            ("win at https://spam.example", TextError::WebAddress),
            ("WWW.spam.example", TextError::WebAddress),
            (" ", TextError::Empty),
        ] {
            assert_eq!(PersonName::parse(typed), Err(error), "{typed:?}");
        }
        assert!(PersonName::parse(&"a".repeat(65)).is_err());
        assert_eq!(
            PersonName::parse("Zoe\u{308} 👩‍🚀").expect("valid").expose(),
            "Zoë 👩‍🚀"
        );
    }

    #[test]
    fn a_message_keeps_its_lines() {
        assert_eq!(
            MessageText::parse("a\r\nb\rc\n").expect("valid").expose(),
            "a\nb\nc"
        );
        assert_eq!(MessageText::parse("a\0b"), Err(TextError::Control));
    }

    #[test]
    fn a_tag_is_folded_and_freed_of_what_cannot_be_seen() {
        assert_eq!(
            fold(" Instagram\0\u{202E}\r\n", 200).as_deref(),
            Some("instagram")
        );
        assert_eq!(fold("  SPRING\t\n SALE ", 200).as_deref(), Some("spring sale"));
        assert_eq!(fold(&"X".repeat(300), 200), Some("x".repeat(200)));
        assert_eq!(fold(" \t", 200), None);
    }

    proptest! {
        #[test]
        fn a_line_that_was_cleaned_is_short_and_stays_as_it_is(text in "\\PC*|.*", bytes in 1_usize..64) {
            if let Some(line) = in_one_line(&text, bytes) {
                prop_assert!(line.len() <= bytes && !line.chars().any(is_forbidden_in_line));
                prop_assert_eq!(in_one_line(&line, bytes), Some(line));
            }
        }

        #[test]
        fn whatever_is_typed_never_panics_and_is_stable(typed in "\\PC*|.*") {
            if let Ok(name) = PersonName::parse(&typed) {
                prop_assert!(!name.expose().chars().any(char::is_control));
                prop_assert_eq!(PersonName::parse(name.expose()), Ok(name));
            }
            if let Ok(message) = MessageText::parse(&typed) {
                prop_assert_eq!(MessageText::parse(message.expose()), Ok(message));
            }
        }
    }
}
