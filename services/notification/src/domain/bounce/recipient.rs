//! The address that a report is about.

use std::fmt;

/// As the report wrote it: mail systems report addresses that no form of ours would take. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(String);

impl Recipient {
    /// The first address in a field or a sentence: something on both sides of an `@`.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::all(text).into_iter().next()
    }

    /// Every address in a text, in its order.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let mut begin = 0;
        while let Some(at) = text[begin..].find('@').map(|at| at + begin) {
            let local = &text[begin..at];
            let local = local.rsplit(|c| !is_of_local_part(c)).next().unwrap_or_default();
            let rest = &text[at + 1..];
            let end = rest.find(|c| !is_of_domain(c)).unwrap_or(rest.len());
            let local = without_scheme(local);
            let domain = rest[..end].trim_end_matches(['.', '-']);
            let local = local.trim_start_matches(['.', '\'', '=', '/', '*', '-']);
            if !local.is_empty() && domain.contains('.') {
                found.push(Self(format!("{local}@{domain}")));
            }
            begin = at + 1 + end;
        }
        found
    }

    /// The address itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same mailbox, as far as letters tell.
    #[must_use]
    pub fn is(&self, address: &str) -> bool {
        self.0.eq_ignore_ascii_case(address)
    }

    /// A hash that stands for the address: some providers do not tell whose complaint it is.
    pub(super) fn is_hash(&self) -> bool {
        let local = self.local_part();
        local.len() >= 24 && local.bytes().all(|b| b.is_ascii_hexdigit())
    }

    pub(super) fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

/// `SMTP=x@y` of X.400.
fn without_scheme(local: &str) -> &str {
    match local.split_once('=') {
        Some((scheme, local)) if scheme.eq_ignore_ascii_case("smtp") => local,
        _ => local,
    }
}

/// `atext` and the dot of RFC 5322 §3.2.3, and letters beyond ASCII (RFC 6531 §3.3).
fn is_of_local_part(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(
            c,
            '.' | '_'
                | '-'
                | '+'
                | '%'
                | '='
                | '~'
                | '#'
                | '&'
                | '!'
                | '$'
                | '\''
                | '/'
                | '*'
                | '?'
                | '^'
                | '{'
                | '}'
                | '|'
        )
}

fn is_of_domain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_fields_and_sentences() {
        let text =
            "rfc822;<a.b@example.com>, mailto:c+d@x.example. and (e%f@g.example)... @ none@ ü@müller.example";
        let found = Recipient::all(text);
        let found: Vec<&str> = found.iter().map(Recipient::expose).collect();
        assert_eq!(
            found,
            [
                "a.b@example.com",
                "c+d@x.example",
                "e%f@g.example",
                "ü@müller.example"
            ]
        );
    }

    #[test]
    fn nothing_is_shown() {
        assert_eq!(
            format!("{:?}", Recipient::find("a@b.example")),
            "Some(Recipient(…))"
        );
    }
}
