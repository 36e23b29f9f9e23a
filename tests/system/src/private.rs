//! What no log may hold, in whatever coding it could have come there.

use data_encoding::{BASE64, BASE64URL, HEXLOWER};

/// Texts of visitors (addresses, names, messages, tokens), looked for as they are and as mails, URLs and dumps of bytes
/// write them.
#[derive(Debug, Default)]
pub struct Private(Vec<Text>);

#[derive(Debug)]
struct Text {
    plain: String,
    /// Compared without regard to case.
    folded: Vec<String>,
    exact: Vec<String>,
}

impl Private {
    /// Looks for this text, too. Eight bytes or more, so that it is not found by chance.
    pub fn add(&mut self, text: &str) {
        assert!(text.len() >= 8, "{text:?} could be found by chance");
        let mut exact: Vec<String> = (0..3).flat_map(|before| base64(text, before)).collect();
        exact.dedup();
        let quoted = quoted_printable(text);
        let folded = [
            text.to_owned(),
            quoted,
            percent(text),
            HEXLOWER.encode(text.as_bytes()),
        ];
        self.0.push(Text {
            plain: text.to_owned(),
            folded: folded.map(|coded| coded.to_lowercase()).to_vec(),
            exact,
        });
    }

    /// The texts that are in this log, with the line that each is in.
    pub fn found_in(&self, log: &str) -> Vec<String> {
        let lines = log.lines().map(|line| (line, line.to_lowercase()));
        let hits = lines.flat_map(|(line, lower)| {
            let here = self.0.iter().filter(move |text| text.is_in(line, &lower));
            here.map(move |text| format!("{:?} in {line}", text.plain))
        });
        hits.collect()
    }
}

impl Text {
    fn is_in(&self, line: &str, lower: &str) -> bool {
        self.folded.iter().any(|coded| lower.contains(coded))
            || self.exact.iter().any(|coded| line.contains(coded))
    }
}

/// The characters that stand for the text alone where `before` bytes modulo 3 stand before it.
fn base64(text: &str, before: usize) -> [String; 2] {
    let bytes = [&vec![0; before], text.as_bytes()].concat();
    let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    [BASE64, BASE64URL].map(|alphabet| alphabet.encode(&bytes)[first..end].to_owned())
}

/// RFC 2045: all but ASCII, and `=`, as `=XX`. Soft line breaks do not matter within one line of a log.
fn quoted_printable(text: &str) -> String {
    coded(text, |byte| byte.is_ascii() && byte != b'=', '=')
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    coded(text, plain, '%')
}

fn coded(text: &str, plain: impl Fn(u8) -> bool, escape: char) -> String {
    let one = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("{escape}{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_every_coding_and_beside_any_other() {
        let mut private = Private::default();
        private.add("Zoë+1@example.com");
        for before in ["", "a", "ab", "abc"] {
            let whole = format!("{before}Zoë+1@example.com!");
            for line in [
                whole.clone(),
                whole.to_uppercase(),
                BASE64.encode(whole.as_bytes()),
                BASE64URL.encode(whole.as_bytes()),
                HEXLOWER.encode(whole.as_bytes()),
                quoted_printable(&whole),
                percent(&whole),
            ] {
                let log = format!("{{\"message\":\"x {line} y\"}}\n");
                assert_eq!(private.found_in(&log).len(), 1, "{line}");
            }
        }
        assert!(
            private
                .found_in("{\"message\":\"zoe+1 (at) example.com\"}")
                .is_empty()
        );
    }
}
