//! The key that makes a request safe to repeat: a retry finds the answer of the first.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::PersonId;

const LONGEST: usize = 128;

/// An `Idempotency-Key`: 1 to 128 visible ASCII characters. Whoever holds it can ask for the answer, so `Debug` shows
/// nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 128 visible ASCII characters")]
pub struct IdempotencyKeyError;

/// What is kept of a key: SHA-256 of endpoint, key and person id. A key means something only within these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

/// SHA-256 of what was asked under a key: two requests with the same one are the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl IdempotencyKey {
    /// Checks the text of a header or of a form's field.
    ///
    /// # Errors
    /// If it is empty, too long, or holds anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, IdempotencyKeyError> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or(IdempotencyKeyError)
    }

    /// The key itself, for the form that is shown again.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Of what was asked, part by part. The key goes in as salt: what people ask is guessable, and its bare sum would be
    /// personal data.
    #[must_use]
    pub fn fingerprint<'a>(&'a self, content: impl IntoIterator<Item = Option<&'a [u8]>>) -> Fingerprint {
        Fingerprint(digest([Some(self.0.as_bytes())].into_iter().chain(content)))
    }

    /// What to keep of the key for this endpoint and person. With `content`, other content makes it another key.
    #[must_use]
    pub fn hash(&self, endpoint: &str, person: PersonId, content: Option<&Fingerprint>) -> KeyHash {
        KeyHash(digest([
            Some(endpoint.as_bytes()),
            Some(self.0.as_bytes()),
            Some(person.0.as_bytes()),
            content.map(|content| content.0.as_slice()),
        ]))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(…)")
    }
}

/// SHA-256 over the parts, each with its length, so that no two lists of parts are alike.
fn digest<'a>(parts: impl IntoIterator<Item = Option<&'a [u8]>>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        digest.update(length.to_be_bytes());
        digest.update(part.unwrap_or_default());
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key() -> IdempotencyKey {
        IdempotencyKey::parse("k").expect("valid")
    }

    fn asked(content: &str) -> Fingerprint {
        key().fingerprint([Some(content.as_bytes())])
    }

    #[test]
    fn only_visible_ascii_of_some_length_is_a_key_and_it_is_not_shown() {
        for wrong in ["", "a b", "ä", "a\n", &"x".repeat(129)] {
            let parsed = IdempotencyKey::parse(wrong);
            assert_eq!(parsed, Err(IdempotencyKeyError), "{wrong:?}");
        }
        let longest = IdempotencyKey::parse(&"~".repeat(128)).expect("valid");
        assert!(!format!("{longest:?}").contains('~'));
    }

    #[test]
    fn one_key_is_another_for_each_person_and_endpoint() {
        let hash = |endpoint, person| key().hash(endpoint, PersonId(Uuid::from_u128(person)), None);
        assert_eq!(hash("signups", 1), hash("signups", 1));
        assert_ne!(hash("signups", 1), hash("signups", 2));
        assert_ne!(hash("signups", 1), hash("other", 1));
    }

    #[test]
    fn other_content_is_another_request_and_where_it_is_asked_for_another_key() {
        assert_ne!(asked("{}"), asked("[]"));
        let hash = |content| key().hash("contact", PersonId(Uuid::nil()), Some(content));
        assert_ne!(hash(&asked("{}")), hash(&asked("[]")));
    }

    #[test]
    fn no_two_lists_of_parts_are_alike() {
        let of = |parts: &[Option<&'static str>]| {
            key().fingerprint(parts.iter().map(|part| part.map(str::as_bytes)))
        };
        assert_ne!(of(&[Some("ab"), Some("c")]), of(&[Some("a"), Some("bc")]));
        assert_ne!(of(&[Some("")]), of(&[None]));
    }
}
