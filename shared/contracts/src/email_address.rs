//! The address that a visitor types into a form.
//!
//! The policy is stricter than RFC 5321: addr-spec only, no quoted local part, no comment, no domain literal,
//! at least one dot in the domain. What passes can be written into a mail header as it is.

use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::char::is_combining_mark;

const LOCAL_MAX: usize = 64;
const TOTAL_MAX: usize = 254;
const GMAIL: [&str; 2] = ["gmail.com", "googlemail.com"];

/// An address that a mail can be sent to. The local part keeps its case, the domain is a lower-case A-label
/// (RFC 5890). Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    value: String,
    at: usize,
}

/// Why an address was refused, in words for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    #[error("Please enter your email address.")]
    Empty,
    #[error("An email address has one @ sign, like name@example.com.")]
    NoAt,
    #[error("This email address is too long.")]
    TooLong,
    #[error("The part before the @ sign has a character or a dot that does not belong there.")]
    LocalPart,
    #[error("We can't deliver to addresses with special letters before the @ sign yet.")]
    LocalPartNotAscii,
    #[error("The part after the @ sign is not a domain name like example.com.")]
    Domain,
}

impl EmailAddress {
    /// Parses what was typed. White space at the ends is forgiven.
    ///
    /// # Errors
    /// [`EmailError`] says which part is wrong.
    pub fn parse(typed: &str) -> Result<Self, EmailError> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(EmailError::Empty);
        }
        if typed.len() > 4 * TOTAL_MAX {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(EmailError::NoAt)?;
        check_local(local)?;
        let domain = parse_domain(domain)?;
        let value = format!("{local}@{domain}");
        if value.len() > TOTAL_MAX {
            return Err(EmailError::TooLong);
        }
        Ok(Self {
            value,
            at: local.len(),
        })
    }

    /// The address itself. Call it only where it is stored, sent or mailed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }

    /// The part before the @ sign, as typed.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.value[..self.at]
    }

    /// The domain, as a lower-case A-label.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.value[self.at + 1..]
    }

    /// What makes two addresses the same person: the whole address in lower case.
    #[must_use]
    pub fn normalised(&self) -> String {
        self.value.to_lowercase()
    }

    /// What makes two addresses the same mailbox for a mail budget: `+tag` is folded, and Gmail's dots.
    /// Never used to refuse an address or to send to.
    #[must_use]
    pub fn budget_form(&self) -> String {
        let local = self.local_part().to_lowercase();
        let local = local.split_once('+').map_or(local.as_str(), |(name, _)| name);
        if GMAIL.contains(&self.domain()) {
            return format!("{}@{}", local.replace('.', ""), GMAIL[0]);
        }
        format!("{local}@{}", self.domain())
    }
}

fn check_local(local: &str) -> Result<(), EmailError> {
    if local.is_empty() {
        return Err(EmailError::LocalPart);
    }
    if local.contains('@') {
        return Err(EmailError::NoAt);
    }
    if !local.is_ascii() {
        return Err(EmailError::LocalPartNotAscii);
    }
    if local.len() > LOCAL_MAX {
        return Err(EmailError::TooLong);
    }
    let atoms_are_whole = local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext));
    if atoms_are_whole {
        Ok(())
    } else {
        Err(EmailError::LocalPart)
    }
}

/// RFC 5322 §3.2.3 `atext`.
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn parse_domain(domain: &str) -> Result<String, EmailError> {
    if !domain.chars().all(is_domain_letter) {
        return Err(EmailError::Domain);
    }
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| EmailError::Domain)?;
    let top = ascii
        .rsplit_once('.')
        .map(|(_, top)| top)
        .ok_or(EmailError::Domain)?;
    if !top.starts_with("xn--") && !top.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(EmailError::Domain);
    }
    Ok(ascii.into_owned())
}

/// Letters, digits, their marks and the joiners: IDNA 2008 (RFC 5892) knows no symbols, UTS 46 would let them pass.
fn is_domain_letter(c: char) -> bool {
    c.is_alphanumeric()
        || is_combining_mark(c)
        || matches!(c, '-' | '.' | '。' | '．' | '\u{200C}' | '\u{200D}')
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.value)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let typed = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&typed).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for EmailAddress {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EmailAddress".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "email", "maxLength": TOTAL_MAX })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_is_kept_before_the_at_sign_and_folded_after_it() {
        let address = EmailAddress::parse(" Anna.Muster@EXAMPLE.Com ").expect("valid");
        assert_eq!(address.expose(), "Anna.Muster@example.com");
        assert_eq!(address.normalised(), "anna.muster@example.com");
    }

    #[test]
    fn a_budget_folds_tags_everywhere_and_dots_at_gmail_only() {
        let budget = |typed: &str| EmailAddress::parse(typed).expect("valid").budget_form();
        assert_eq!(budget("a.n.na+ig@googlemail.com"), "anna@gmail.com");
        assert_eq!(budget("a.nna+ig@example.com"), "a.nna@example.com");
    }

    #[test]
    fn an_international_domain_is_stored_as_its_a_label() {
        assert_eq!(
            EmailAddress::parse("anna@exämple.de").expect("valid").domain(),
            "xn--exmple-cua.de"
        );
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(
            format!("{:?}", EmailAddress::parse("anna@example.com").expect("valid")),
            "EmailAddress(…)"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_typed_never_panics_and_what_passes_is_safe_in_a_header(typed in "\\PC{0,80}|.{0,40}@.{0,40}") {
            if let Ok(address) = EmailAddress::parse(&typed) {
                prop_assert!(address.expose().bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert_eq!(EmailAddress::parse(address.expose()), Ok(address));
            }
        }
    }
}
