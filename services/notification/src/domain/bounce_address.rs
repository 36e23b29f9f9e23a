//! The envelope sender that tells which mail came back (VERP), and that nobody else can make up.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

use crate::domain::notification::NotificationId;

const KEY_MIN: usize = 32;
const MAC_BYTES: usize = 10;

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
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes a key of any length");
        mac.update(id.0.as_bytes());
        let digest = mac.finalize().into_bytes();
        let id = BASE32_NOPAD.encode(id.0.as_bytes());
        let mac = BASE32_NOPAD.encode(&digest[..MAC_BYTES]);
        format!("b-{id}{mac}").to_ascii_lowercase()
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
    fn a_short_key_is_refused() {
        assert_eq!(BounceKey::parse("abcd").unwrap_err(), BounceKeyError);
    }
}
