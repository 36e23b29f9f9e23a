//! The envelope sender that tells which mail came back (VERP), and that nobody else can make up.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use uuid::Uuid;

use crate::domain::notification::NotificationId;

const KEY_MIN: usize = 32;
const MAC_BYTES: usize = 10;
const PREFIX: &str = "b-";
/// Base32 digits of an id and of a MAC.
const ID_DIGITS: usize = 26;
const MAC_DIGITS: usize = 16;
/// Most look-alikes that are tried in one text: each costs a MAC.
const CANDIDATES_MAX: usize = 64;

/// `BOUNCE_KEY`: the secret behind bounce addresses. `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct BounceKey(SecretSlice<u8>);

/// The key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be at least 32 random bytes, written as hex or base64")]
pub struct BounceKeyError;

impl BounceKey {
    /// Reads a key written as hex or base64 (standard alphabet).
    ///
    /// # Errors
    /// If it is neither, or shorter than 32 bytes.
    pub fn parse(text: &str) -> Result<Self, BounceKeyError> {
        let text = text.trim().as_bytes();
        let bytes = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text)
            .or_else(|_| data_encoding::BASE64.decode(text))
            .map_err(|_| BounceKeyError)?;
        if bytes.len() < KEY_MIN {
            return Err(BounceKeyError);
        }
        Ok(Self(bytes.into()))
    }

    /// The local part of the address that bounces of this mail come to: `b-`, the id, and 80 bits of HMAC-SHA-256 of
    /// it, both in lower-case base32 (RFC 4648 §6). 44 octets of the 64 that RFC 5321 allows.
    #[must_use]
    pub fn local_part(&self, id: NotificationId) -> String {
        let digest = self.mac(id).finalize().into_bytes();
        let id = BASE32_NOPAD.encode(id.0.as_bytes());
        let mac = BASE32_NOPAD.encode(&digest[..MAC_BYTES]);
        format!("{PREFIX}{id}{mac}").to_ascii_lowercase()
    }

    /// Which mail the first bounce address in a text names: alone, in an address, or wrapped by a forwarder. One that was
    /// made up, or by another key, names none. Compares in constant time.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<NotificationId> {
        let text = text.as_bytes();
        text.windows(PREFIX.len())
            .enumerate()
            .filter(|(_, window)| window.eq_ignore_ascii_case(PREFIX.as_bytes()))
            .filter_map(|(at, _)| text.get(at + PREFIX.len()..at + PREFIX.len() + ID_DIGITS + MAC_DIGITS))
            .filter(|digits| digits.iter().all(u8::is_ascii_alphanumeric))
            .take(CANDIDATES_MAX)
            .find_map(|digits| self.verify(digits))
    }

    fn verify(&self, digits: &[u8]) -> Option<NotificationId> {
        let digits = digits.to_ascii_uppercase();
        let (id, mac) = digits.split_at(ID_DIGITS);
        let id = NotificationId(Uuid::from_slice(&BASE32_NOPAD.decode(id).ok()?).ok()?);
        let mac = BASE32_NOPAD.decode(mac).ok()?;
        self.mac(id).verify_truncated_left(&mac).ok().map(|()| id)
    }

    fn mac(&self, id: NotificationId) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes a key of any length");
        mac.update(id.0.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use uuid::uuid;

    use super::*;

    const ID: NotificationId = NotificationId(uuid!("2a6e5a55-ff61-5d20-a72d-9402eaebbc7d"));

    fn local_part(key: &str) -> String {
        BounceKey::parse(key).expect("a key").local_part(ID)
    }

    #[test]
    fn a_bounce_address_is_short_lower_case_and_its_own_mails() {
        let local = local_part(&"ab".repeat(32));
        assert_eq!(local.len(), 44);
        assert!(local.starts_with("b-"));
        assert!(
            local
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        );
    }

    #[test]
    fn another_key_gives_another_address_of_the_same_mail() {
        let (one, other) = (local_part(&"ab".repeat(32)), local_part(&"cd".repeat(32)));
        assert_eq!(one[..28], other[..28]);
        assert_ne!(one, other);
    }

    #[test]
    fn the_address_is_found_wherever_it_stands() {
        let key = BounceKey::parse(&"ab".repeat(32)).expect("a key");
        let local = key.local_part(ID);
        for text in [
            local.clone(),
            format!(
                "Original-Recipient: rfc822;{}@course.example",
                local.to_ascii_uppercase()
            ),
            format!(
                "b-{} b-b- <SRS0=x=y=course.example={local}@forwarder.example>",
                "a".repeat(42)
            ),
        ] {
            assert_eq!(key.find(&text), Some(ID), "{text}");
        }
    }

    #[test]
    fn what_was_made_up_names_no_mail() {
        let key = BounceKey::parse(&"ab".repeat(32)).expect("a key");
        let local = key.local_part(ID);
        let other = local_part(&"cd".repeat(32));
        assert_eq!(key.find(&other), None);
        for at in 2..local.len() {
            let mut forged = local.clone().into_bytes();
            forged[at] = if forged[at] == b'a' { b'b' } else { b'a' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(key.find(&forged), None, "digit {at}");
        }
        for cut in 0..local.len() {
            assert_eq!(key.find(&local[..cut]), None);
        }
    }

    #[test]
    fn a_short_key_is_refused() {
        assert_eq!(BounceKey::parse("abcd").unwrap_err(), BounceKeyError);
    }
}
