//! The key that makes a request safe to repeat.

use contracts::PersonId;
use sha2::{Digest, Sha256};

use super::enquiry::Enquiry;

const LONGEST: usize = 128;

/// An `Idempotency-Key`: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The header is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Idempotency-Key must be 1 to 128 visible ASCII characters")]
pub struct IdempotencyKeyError;

/// What is kept of a key: SHA-256(endpoint, key, person id).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

/// SHA-256 of what was asked: two requests with the same one are the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// By which entrance a question came, and so what a key means that comes with other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /v1/enquiries`: the caller made a mistake, and is told.
    Api,
    /// `POST /contact`: somebody went back and wrote something else, so the content is part of the key.
    Form,
}

impl Endpoint {
    /// The word for it in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Form => "form",
        }
    }
}

impl IdempotencyKey {
    /// Checks the text of a header.
    ///
    /// # Errors
    /// If it is empty, too long, or holds anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, IdempotencyKeyError> {
        let fits = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned())).ok_or(IdempotencyKeyError)
    }

    /// The key itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is kept of the key for this request.
    #[must_use]
    pub fn hash(&self, endpoint: Endpoint, person: PersonId, fingerprint: &Fingerprint) -> KeyHash {
        let mut digest = Sha256::new();
        match endpoint {
            Endpoint::Api => digest.update(b"POST /v1/enquiries\0"),
            Endpoint::Form => {
                digest.update(b"POST /contact\0");
                digest.update(fingerprint.0);
            }
        }
        digest.update(self.0.as_bytes());
        digest.update(b"\0");
        digest.update(person.0.as_bytes());
        KeyHash(digest.finalize().into())
    }
}

impl Fingerprint {
    /// Of what was asked, in the form in which it is stored.
    #[must_use]
    pub fn of(enquiry: &Enquiry) -> Self {
        let touch = &enquiry.touch;
        let mut digest = Sha256::new();
        for part in [
            Some(enquiry.email.expose()),
            enquiry.name.as_ref().map(|name| name.expose()),
            Some(enquiry.topic.slug.as_str()),
            Some(enquiry.message.expose()),
            enquiry.campaign.as_ref().map(|campaign| campaign.as_str()),
            touch.source.as_deref(),
            touch.medium.as_deref(),
            touch.campaign.as_deref(),
            touch.term.as_deref(),
            touch.content.as_deref(),
        ] {
            let length = part.map_or(u64::MAX, |part| part.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(part.unwrap_or_default());
        }
        Self(digest.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: Fingerprint = Fingerprint([1; 32]);
    const TWO: Fingerprint = Fingerprint([2; 32]);

    #[test]
    fn only_visible_ascii_of_some_length_is_a_key() {
        for wrong in ["", "a b", "ä", "a\n", &"x".repeat(129)] {
            assert_eq!(
                IdempotencyKey::parse(wrong),
                Err(IdempotencyKeyError),
                "{wrong:?}"
            );
        }
        assert!(IdempotencyKey::parse(&"x".repeat(128)).is_ok());
    }

    #[test]
    fn the_same_key_of_two_people_is_two_keys() {
        let key = IdempotencyKey::parse("k").expect("valid");
        let hash = |person| key.hash(Endpoint::Api, PersonId(Uuid::from_u128(person)), &ONE);
        assert_eq!(hash(1), hash(1));
        assert_ne!(hash(1), hash(2));
    }

    #[test]
    fn a_form_with_other_content_is_another_request_and_an_api_call_is_not() {
        let key = IdempotencyKey::parse("k").expect("valid");
        let hash = |endpoint, content| key.hash(endpoint, PersonId(Uuid::nil()), content);
        assert_ne!(hash(Endpoint::Form, &ONE), hash(Endpoint::Form, &TWO));
        assert_eq!(hash(Endpoint::Api, &ONE), hash(Endpoint::Api, &TWO));
        assert_ne!(hash(Endpoint::Api, &ONE), hash(Endpoint::Form, &ONE));
    }
}
