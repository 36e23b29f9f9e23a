//! What DNS has to say of a key.

use std::fmt;

use crate::mail::dkim::Key;

/// Octets of one string of a TXT record (RFC 1035 §3.3).
const STRING_MAX: usize = 255;

/// The TXT record of a key. `Display` is a line of a zone file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `selector._domainkey.domain`, without the dot at the end.
    pub name: String,
    /// All strings of the record as one.
    pub value: String,
}

impl Record {
    /// The record of this key.
    #[must_use]
    pub fn of(selector: &str, domain: &str, key: &Key) -> Self {
        let algorithm = key.algorithm().as_str();
        Self {
            name: format!("{selector}._domainkey.{domain}"),
            value: format!("v=DKIM1; k={algorithm}; p={}", key.public()),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. 3600 IN TXT (", self.name)?;
        let mut rest = self.value.as_str();
        while !rest.is_empty() {
            let (string, after) = rest.split_at(rest.len().min(STRING_MAX));
            write!(f, " \"{string}\"")?;
            rest = after;
        }
        f.write_str(" )")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_split_into_strings_that_fit() {
        let record = Record {
            name: "s1._domainkey.course.example".to_owned(),
            value: "v".repeat(300),
        };
        let expected = format!(
            "s1._domainkey.course.example. 3600 IN TXT ( \"{}\" \"{}\" )",
            "v".repeat(255),
            "v".repeat(45)
        );
        assert_eq!(record.to_string(), expected);
    }
}
