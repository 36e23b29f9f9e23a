//! What a mail system wrote, as words that phrases are looked for in.

/// More than any reason needs: a reply of several kilobytes must not cost more than a short one.
const WORDS_MAX: usize = 200;

/// Lower-case words: punctuation, apostrophes, accents and mail addresses are gone. An address may be called
/// `spam@…` or `unknown@…`, and says nothing about why it was refused. `Debug` shows none of them.
pub struct Words(Vec<String>);

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({} of them)", self.0.len())
    }
}

impl Words {
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut words = Vec::new();
        let mut word = String::new();
        for c in without_addresses(text)
            .chars()
            .flat_map(char::to_lowercase)
            .map(without_accent)
        {
            if is_written_without_spaces(c) {
                finish(&mut word, &mut words);
                words.push(c.to_string());
            } else if c.is_alphanumeric() {
                word.push(c);
            } else if !matches!(c, '\'' | '’' | '`') {
                finish(&mut word, &mut words);
            }
            if words.len() >= WORDS_MAX {
                break;
            }
        }
        finish(&mut word, &mut words);
        Self(words)
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn as_slice(&self) -> &[String] {
        &self.0
    }
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// Kana and Han: each character is a word of its own.
const fn is_written_without_spaces(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

const fn without_accent(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ñ' | 'ń' => 'n',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'ů' => 'u',
        c => c,
    }
}

fn without_addresses(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        kept.push_str(rest[..at].trim_end_matches(is_of_local_part));
        kept.push(' ');
        rest = rest[at + 1..].trim_start_matches(is_of_domain);
    }
    kept.push_str(rest);
    kept
}

/// `atext` and the dot of RFC 5322 §3.2.3, but for what links and lists put before an address.
const fn is_of_local_part(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '.' | '_' | '-' | '+' | '%' | '=' | '~' | '#' | '&' | '!' | '$' | '?' | '/'
        )
}

const fn is_of_domain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bare_and_addresses_are_gone() {
        let words = Words::of("<spam.trap@Example.com>: This user doesn't have_an ACCOUNT [#102]");
        assert_eq!(words.as_slice().join(" "), "this user doesnt have an account 102");
    }

    #[test]
    fn chinese_is_cut_into_characters() {
        assert_eq!(
            Words::of("用户不存在!ok").as_slice().join(" "),
            "用 户 不 存 在 ok"
        );
    }

    #[test]
    fn accents_are_dropped() {
        assert_eq!(
            Words::of("Empfänger inexistént").as_slice().join(" "),
            "empfanger inexistent"
        );
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(Words::of(&"word ".repeat(10_000)).as_slice().len(), WORDS_MAX);
    }
}
