//! Reading a reply as it is quoted in logs, reports and mails.

use std::fmt;

use super::enhanced_code::EnhancedCode;

/// A reply without its codes in the text, as far as it has them. `Debug` shows the codes only.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplyLine {
    /// RFC 5321 §4.2: 200 to 599.
    pub code: Option<u16>,
    /// RFC 3463.
    pub enhanced_code: Option<EnhancedCode>,
    /// What was said, one line. It may name the recipient.
    pub text: String,
}

impl fmt::Debug for ReplyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplyLine({:?}, {:?}, …)", self.code, self.enhanced_code)
    }
}

impl ReplyLine {
    /// Reads `550 5.1.1 …`, replies of several lines (`550-5.1.1 …`), and such with words before the code, as in
    /// `smtp; 550 …` or `host mx.example said: 550-5.1.1 …`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let found = (0..words.len()).find_map(|at| {
            let begins = at == 0 || introduces_reply(words[at - 1]);
            begins
                .then(|| reply_code(words[at]))
                .flatten()
                .map(|found| (at, found))
        });
        let Some((at, (code, rest))) = found else {
            return Self {
                code: None,
                enhanced_code: words.iter().find_map(|word| marked_code(word, None)),
                text: words.join(" "),
            };
        };
        let said: Vec<&str> = std::iter::once(rest)
            .chain(words[at + 1..].iter().copied())
            .filter(|word| !word.is_empty())
            .collect();
        Self::after_code(code, &said)
    }

    /// What a relay answered: its code, and all its lines without it.
    #[must_use]
    pub fn of_reply(code: u16, text: &str) -> Self {
        Self::after_code(code, &text.split_whitespace().collect::<Vec<_>>())
    }

    fn after_code(code: u16, said: &[&str]) -> Self {
        let class = u8::try_from(code / 100).ok();
        let leading = said.first().and_then(|word| bare_code(word));
        let marked = || said.iter().find_map(|word| marked_code(word, class));
        let text = said
            .iter()
            .map(|word| without_codes(word, code))
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        Self {
            code: Some(code),
            enhanced_code: leading.or_else(marked),
            text,
        }
    }
}

/// `said:`, `smtp;`, `<<<`, `error:` and so on.
fn introduces_reply(word: &str) -> bool {
    word.ends_with([':', ';', '>', '"', '(', '\''])
        || matches!(word, "said" | "<<<" | "-" | "reply" | "response")
}

/// A reply code, and what sticks to it: `550`, `550-5.1.1`, `(550`.
fn reply_code(word: &str) -> Option<(u16, &str)> {
    let word = word.trim_start_matches(['(', '"', '\'', '[', '<']);
    let digits = word.get(..3)?;
    let code = digits.parse().ok().filter(|code| (200..600).contains(code))?;
    let rest = &word[3..];
    let ends = rest.is_empty() || rest.starts_with(['-', ':', ',', ')', '_', '#', ';', ']', '=']);
    (digits.bytes().all(|b| b.is_ascii_digit()) && ends)
        .then(|| (code, rest.trim_start_matches(['-', ':', ',', ')', ';', ']'])))
}

/// `5.1.1`, `#5.1.0`, `5.7.1:`, `(5.1.1)`, at the begin of what is said.
fn bare_code(word: &str) -> Option<EnhancedCode> {
    word.trim_matches(['#', '(', ')', '[', ']', ':', ',', ';', '<', '>', '-'])
        .parse()
        .ok()
}

/// The same further on, where a program's version or an address could look alike: only if it is marked as a code, as
/// by qmail's `(#5.1.1)`, and fits the reply code.
fn marked_code(word: &str, class: Option<u8>) -> Option<EnhancedCode> {
    let is_marked = word.starts_with(['#', '(', '[']) || word.ends_with([':', ';']);
    let code = is_marked
        .then(|| bare_code(word.trim_matches(['.', '"'])))
        .flatten()?;
    class.is_none_or(|class| class == code.class).then_some(code)
}

/// The lines of a long reply each begin with the codes.
fn without_codes(word: &str, code: u16) -> &str {
    let rest = match reply_code(word) {
        Some((again, rest)) if again == code => rest,
        _ => word,
    };
    if bare_code(rest).is_some() { "" } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Option<u16>, String, String) {
        let line = ReplyLine::parse(text);
        let enhanced = line
            .enhanced_code
            .map(|code| code.to_string())
            .unwrap_or_default();
        (line.code, enhanced, line.text)
    }

    #[test]
    fn a_plain_reply_has_codes_and_words() {
        assert_eq!(
            parsed("550 5.1.1 no such user"),
            (Some(550), "5.1.1".into(), "no such user".into())
        );
        assert_eq!(
            parsed("550 #5.1.0 Address rejected."),
            (Some(550), "5.1.0".into(), "Address rejected.".into())
        );
        assert_eq!(parsed("421"), (Some(421), String::new(), String::new()));
    }

    #[test]
    fn the_lines_of_a_long_reply_are_joined() {
        let text = "550-5.1.1 The account\r\n550-5.1.1 does not\r\n550 5.1.1 exist";
        assert_eq!(
            parsed(text),
            (Some(550), "5.1.1".into(), "The account does not exist".into())
        );
    }

    #[test]
    fn a_quoted_reply_is_found() {
        assert_eq!(
            parsed("smtp; 452 4.2.2 full"),
            (Some(452), "4.2.2".into(), "full".into())
        );
        assert_eq!(
            parsed("host mx[192.0.2.1] said: 554 no"),
            (Some(554), String::new(), "no".into())
        );
        assert_eq!(parsed("<<< 550 x@y... User unknown").0, Some(550));
    }

    #[test]
    fn a_number_in_a_sentence_is_no_code() {
        assert_eq!(
            parsed("We gave up after 250 attempts"),
            (None, String::new(), "We gave up after 250 attempts".into())
        );
    }

    #[test]
    fn codes_inside_the_words_count_where_they_are_marked() {
        assert_eq!(parsed("Sorry, no mailbox here by that name. (#5.1.1)").1, "5.1.1");
        assert_eq!(parsed("550 Exim 4.8.1 says no").1, "");
        assert_eq!(parsed("550 sorry (#4.2.2)").1, "");
    }
}
