//! Who a person is without saying who: ids that every service computes alike and that say nothing by themselves.

use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::EmailAddress;

const KEY_MIN: usize = 32;

/// `SUBJECT_KEY`: the secret that turns an address into a person id. The same in all three services.
#[derive(Debug, Clone)]
pub struct SubjectKey(SecretSlice<u8>);

/// The key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be at least 32 random bytes, written as hex or base64")]
pub struct SubjectKeyError;

impl SubjectKey {
    /// Reads a key written as hex or base64 (standard alphabet).
    ///
    /// # Errors
    /// If it is neither, or shorter than 32 bytes.
    pub fn parse(text: &str) -> Result<Self, SubjectKeyError> {
        let text = text.trim().as_bytes();
        let bytes = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text)
            .or_else(|_| data_encoding::BASE64.decode(text))
            .map_err(|_| SubjectKeyError)?;
        if bytes.len() < KEY_MIN {
            return Err(SubjectKeyError);
        }
        Ok(Self(bytes.into()))
    }

    /// HMAC-SHA-256 of something that is no id, such as the time in a form. The purpose keeps one use apart from
    /// another, and the leading NUL all of them from the ids: no address begins with one.
    #[must_use]
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        self.digest(&[b"\0", purpose.as_bytes(), b"\0", message])
    }

    fn derive(&self, domain: &[u8], value: &str) -> Uuid {
        let digest = self.digest(&[domain, value.as_bytes()]);
        let mut id = [0_u8; 16];
        id.copy_from_slice(&digest[..16]);
        Uuid::new_v8(id)
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// UUIDv8 (RFC 9562 §5.8) of HMAC-SHA-256(`SUBJECT_KEY`, normalised address).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PersonId(pub Uuid);

impl PersonId {
    /// The id of whoever reads this address.
    #[must_use]
    pub fn of(key: &SubjectKey, address: &EmailAddress) -> Self {
        Self(key.derive(b"", &address.normalised()))
    }
}

impl std::fmt::Display for PersonId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What mails to one mailbox are counted under: like a person id, of the address with `+tag` and Gmail dots folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BudgetKey(pub Uuid);

impl BudgetKey {
    /// The key of this address's mailbox.
    #[must_use]
    pub fn of(key: &SubjectKey, address: &EmailAddress) -> Self {
        Self(key.derive(b"budget\0", &address.budget_form()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SubjectKey {
        SubjectKey::parse(&"ab".repeat(32)).expect("32 bytes")
    }

    #[test]
    fn one_person_has_one_id_however_the_address_is_written() {
        let id = |typed| PersonId::of(&key(), &EmailAddress::parse(typed).expect("valid"));
        assert_eq!(id("Anna@Example.com"), id("anna@example.COM"));
        assert_ne!(id("anna@example.com"), id("anna+ig@example.com"));
        assert_eq!(id("anna@example.com").0.get_version_num(), 8);
    }

    #[test]
    fn a_tagged_address_shares_the_budget_of_its_mailbox() {
        let budget = |typed| BudgetKey::of(&key(), &EmailAddress::parse(typed).expect("valid"));
        assert_eq!(budget("anna@example.com"), budget("Anna+ig@example.com"));
    }

    #[test]
    fn a_mac_for_one_purpose_is_none_for_another() {
        assert_eq!(key().mac("form", b"1"), key().mac("form", b"1"));
        assert_ne!(key().mac("form", b"1"), key().mac("page", b"1"));
    }

    #[test]
    fn a_short_key_is_refused_and_a_good_one_is_not_shown() {
        assert!(SubjectKey::parse("abcd").is_err());
        assert!(!format!("{:?}", key()).contains("171"));
    }
}
