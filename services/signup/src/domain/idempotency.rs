//! `Idempotency-Key`: a retry of the same request finds the answer of the first.

use std::fmt;

use contracts::PersonId;
use sha2::{Digest, Sha256};

use crate::domain::consent::Sha256Sum;

const KEY_MAX: usize = 128;

/// The key that a client sent, with the sum of the body that it came with. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    key: String,
    body: Sha256Sum,
}

/// The header is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 128 visible ASCII characters")]
pub struct IdempotencyKeyError;

/// What is kept of a key, for 48 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredKey {
    /// SHA-256(endpoint ‖ key ‖ person id): a key means something only within these.
    pub key: Sha256Sum,
    /// Of the body. Another body under the same key is a mistake of the client.
    pub fingerprint: Sha256Sum,
}

impl IdempotencyKey {
    /// Checks the header's value and takes the sum of the body.
    ///
    /// # Errors
    /// If it is empty, too long, or holds anything but visible ASCII.
    pub fn parse(header: &[u8], body: &[u8]) -> Result<Self, IdempotencyKeyError> {
        let visible = header.iter().all(u8::is_ascii_graphic);
        if header.is_empty() || header.len() > KEY_MAX || !visible {
            return Err(IdempotencyKeyError);
        }
        let key = String::from_utf8(header.to_vec()).map_err(|_| IdempotencyKeyError)?;
        // The key goes in as salt: a body is guessable, its sum alone would be personal data.
        let body = hashed(&[b"body", key.as_bytes(), body]);
        Ok(Self { key, body })
    }

    /// What to keep of it for this endpoint and person.
    #[must_use]
    pub fn stored(&self, endpoint: &str, person: PersonId) -> StoredKey {
        StoredKey {
            key: hashed(&[endpoint.as_bytes(), self.key.as_bytes(), person.0.as_bytes()]),
            fingerprint: self.body,
        }
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(…)")
    }
}

/// SHA-256 over the parts, each with its length, so that no two lists of parts are alike.
fn hashed(parts: &[&[u8]]) -> Sha256Sum {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Sha256Sum(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    #[test]
    fn a_key_is_visible_ascii_of_at_most_128_characters() {
        for wrong in [&b""[..], b"a b", b"a\n", "ä".as_bytes(), &[b'a'; 129]] {
            assert_eq!(IdempotencyKey::parse(wrong, b""), Err(IdempotencyKeyError));
        }
        assert!(IdempotencyKey::parse(&[b'~'; 128], b"").is_ok());
    }

    #[test]
    fn one_key_is_another_for_each_person_and_endpoint() {
        let key = IdempotencyKey::parse(b"k", b"{}").expect("valid");
        let stored = key.stored("signups", person(1));
        assert_eq!(stored, key.stored("signups", person(1)));
        assert_ne!(stored.key, key.stored("signups", person(2)).key);
        assert_ne!(stored.key, key.stored("other", person(1)).key);
    }

    #[test]
    fn another_body_has_another_fingerprint_under_the_same_key() {
        let stored = |body| {
            IdempotencyKey::parse(b"k", body)
                .expect("valid")
                .stored("signups", person(1))
        };
        assert_eq!(stored(b"{}").key, stored(b"[]").key);
        assert_ne!(stored(b"{}").fingerprint, stored(b"[]").fingerprint);
    }
}
