//! Signed tokens in the links of mails. Nothing about them is stored: they say themselves what they are for.
//!
//! A token is the base64url of `purpose (1) ‖ length of key id (1) ‖ key id ‖ subject (16) ‖ expiry (8) ‖ MAC (16)`,
//! where the MAC is HMAC-SHA-256 over all before it, cut to 128 bits (RFC 2104 §5).

use std::fmt;
use std::time::Duration;

use contracts::PersonId;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use time::OffsetDateTime;
use uuid::Uuid;

const DOMAIN: &[u8] = b"leadstream link 1\0";
const MAC_BYTES: usize = 16;
const KEY_MIN: usize = 32;
const KEY_ID_MAX: usize = 16;
const TOKEN_MAX: usize = 128;
const DAY: u64 = 24 * 3600;

/// How long a mail's download link works.
pub const DOWNLOAD_LIFE: Duration = Duration::from_secs(90 * DAY);
/// How long consent to updates may be confirmed; it lapses then.
pub const CONFIRM_LIFE: Duration = Duration::from_secs(30 * DAY);
/// How long a link to one's own data works.
pub const MY_DATA_LIFE: Duration = Duration::from_secs(3600);

/// What a link does, and to what. A token of one kind is worth nothing as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `/d`: the newest file of the offer of this signup.
    Download(Uuid),
    /// `/u`: stops mails to this person. Never expires.
    Unsubscribe(PersonId),
    /// `/confirm`: confirms the consent to updates of this signup.
    Confirm(Uuid),
    /// `/me`: shows, exports and erases this person's data.
    MyData(PersonId),
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    Download,
    Unsubscribe,
    Confirm,
    MyData,
}

/// The token is not one of ours, not for this, or too old. Which of them is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link is unknown or expired")]
pub struct LinkError;

impl Link {
    /// Which kind of link it is.
    #[must_use]
    pub fn kind(self) -> LinkKind {
        match self {
            Self::Download(_) => LinkKind::Download,
            Self::Unsubscribe(_) => LinkKind::Unsubscribe,
            Self::Confirm(_) => LinkKind::Confirm,
            Self::MyData(_) => LinkKind::MyData,
        }
    }

    fn tag(self) -> u8 {
        match self {
            Self::Download(_) => b'd',
            Self::Unsubscribe(_) => b'u',
            Self::Confirm(_) => b'c',
            Self::MyData(_) => b'm',
        }
    }

    fn subject(self) -> Uuid {
        match self {
            Self::Download(id) | Self::Confirm(id) => id,
            Self::Unsubscribe(person) | Self::MyData(person) => person.0,
        }
    }

    fn life(self) -> Option<Duration> {
        match self {
            Self::Download(_) => Some(DOWNLOAD_LIFE),
            Self::Unsubscribe(_) => None,
            Self::Confirm(_) => Some(CONFIRM_LIFE),
            Self::MyData(_) => Some(MY_DATA_LIFE),
        }
    }

    fn from_parts(tag: u8, subject: Uuid) -> Option<Self> {
        match tag {
            b'd' => Some(Self::Download(subject)),
            b'u' => Some(Self::Unsubscribe(PersonId(subject))),
            b'c' => Some(Self::Confirm(subject)),
            b'm' => Some(Self::MyData(PersonId(subject))),
            _ => None,
        }
    }
}

/// A token whose signature is right. What it says must still be asked for its age: by the clock of the database,
/// the only one that all replicas share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedLink {
    link: Link,
    expires: i64,
}

impl SignedLink {
    /// The link, if it still works at this time.
    ///
    /// # Errors
    /// [`LinkError`] if it has expired.
    pub fn at(self, now: OffsetDateTime) -> Result<Link, LinkError> {
        if now.unix_timestamp() < self.expires {
            Ok(self.link)
        } else {
            Err(LinkError)
        }
    }

    /// The link, whether or not it still works: to look up what [`SignedLink::at`] needs.
    #[must_use]
    pub fn whenever(self) -> Link {
        self.link
    }

    /// The link, if it is one that never expires.
    ///
    /// # Errors
    /// [`LinkError`] for all others.
    pub fn for_ever(self) -> Result<Link, LinkError> {
        if self.expires == i64::MAX {
            Ok(self.link)
        } else {
            Err(LinkError)
        }
    }
}

/// `LINK_KEYS`: the first key signs, all of them verify.
#[derive(Clone)]
pub struct LinkKeys {
    keys: Vec<LinkKey>,
}

#[derive(Clone)]
struct LinkKey {
    id: String,
    secret: SecretSlice<u8>,
}

/// Why the keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkKeysError {
    #[error("must be a comma separated list of id:key, the first of which signs")]
    Shape,
    #[error("has a key id that is not 1 to 16 of a-z, 0-9 and -")]
    KeyId,
    #[error("has two keys of the same id")]
    TwoOfOneId,
    #[error("has a key that is not at least 32 random bytes, written as hex")]
    Key,
}

impl LinkKeys {
    /// Reads `id:hex,id:hex,…`.
    ///
    /// # Errors
    /// [`LinkKeysError`] says what is wrong, without showing any of it.
    pub fn parse(list: &str) -> Result<Self, LinkKeysError> {
        let keys: Vec<LinkKey> = list.split(',').map(LinkKey::parse).collect::<Result<_, _>>()?;
        let is_repeated = |at: usize| keys[..at].iter().any(|key| key.id == keys[at].id);
        if (0..keys.len()).any(is_repeated) {
            return Err(LinkKeysError::TwoOfOneId);
        }
        Ok(Self { keys })
    }

    /// A token for a link that begins to live now.
    #[must_use]
    pub fn sign(&self, link: Link, now: OffsetDateTime) -> String {
        let expires = link.life().map_or(i64::MAX, |life| {
            now.saturating_add(life.try_into().unwrap_or(time::Duration::MAX))
                .unix_timestamp()
        });
        let key = &self.keys[0];
        let mut token = Vec::with_capacity(2 + KEY_ID_MAX + 16 + 8 + MAC_BYTES);
        token.push(link.tag());
        token.push(u8::try_from(key.id.len()).expect("a key id is short"));
        token.extend_from_slice(key.id.as_bytes());
        token.extend_from_slice(link.subject().as_bytes());
        token.extend_from_slice(&expires.to_be_bytes());
        let mac = key.mac(&token).finalize().into_bytes();
        token.extend_from_slice(&mac[..MAC_BYTES]);
        BASE64URL_NOPAD.encode(&token)
    }

    /// Checks a token's signature, in a time that does not depend on where it is wrong.
    ///
    /// # Errors
    /// [`LinkError`], one for all.
    pub fn verify(&self, token: &str) -> Result<SignedLink, LinkError> {
        if token.len() > TOKEN_MAX {
            return Err(LinkError);
        }
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).map_err(|_| LinkError)?;
        let (signed, mac) = bytes.split_last_chunk::<MAC_BYTES>().ok_or(LinkError)?;
        let (&[tag, id_length], rest) = signed.split_first_chunk().ok_or(LinkError)?;
        let (id, rest) = rest.split_at_checked(id_length.into()).ok_or(LinkError)?;
        let key = self
            .keys
            .iter()
            .find(|key| key.id.as_bytes() == id)
            .ok_or(LinkError)?;
        key.mac(signed)
            .verify_truncated_left(mac)
            .map_err(|_| LinkError)?;
        let (subject, expires) = rest.split_first_chunk().ok_or(LinkError)?;
        Ok(SignedLink {
            link: Link::from_parts(tag, Uuid::from_bytes(*subject)).ok_or(LinkError)?,
            expires: i64::from_be_bytes(expires.try_into().map_err(|_| LinkError)?),
        })
    }
}

impl LinkKey {
    fn parse(item: &str) -> Result<Self, LinkKeysError> {
        let (id, hex) = item.trim().split_once(':').ok_or(LinkKeysError::Shape)?;
        let shaped = id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if id.is_empty() || id.len() > KEY_ID_MAX || !shaped {
            return Err(LinkKeysError::KeyId);
        }
        let secret = HEXLOWER_PERMISSIVE
            .decode(hex.as_bytes())
            .map_err(|_| LinkKeysError::Key)?;
        if secret.len() < KEY_MIN {
            return Err(LinkKeysError::Key);
        }
        Ok(Self {
            id: id.to_owned(),
            secret: secret.into(),
        })
    }

    fn mac(&self, signed: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret())
            .expect("HMAC takes a key of any length");
        mac.update(DOMAIN);
        mac.update(signed);
        mac
    }
}

impl fmt::Debug for LinkKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.keys.iter().map(|key| &key.id))
            .finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-24 12:00 UTC);

    /// Keys named `new` and `old`; `new` signs.
    pub(crate) fn keys() -> LinkKeys {
        LinkKeys::parse(&format!("new:{},old:{}", "ab".repeat(32), "cd".repeat(32))).expect("two keys")
    }

    fn any_link() -> impl Strategy<Value = Link> {
        any::<u128>().prop_map(Uuid::from_u128).prop_flat_map(|id| {
            prop_oneof![
                Just(Link::Download(id)),
                Just(Link::Unsubscribe(PersonId(id))),
                Just(Link::Confirm(id)),
                Just(Link::MyData(PersonId(id))),
            ]
        })
    }

    #[test]
    fn a_link_works_until_its_last_second() {
        let token = keys().sign(Link::MyData(PersonId(Uuid::nil())), NOW);
        let signed = keys().verify(&token).expect("our own");
        assert!(signed.at(NOW + MY_DATA_LIFE - Duration::from_secs(1)).is_ok());
        assert_eq!(signed.at(NOW + MY_DATA_LIFE), Err(LinkError));
        assert_eq!(signed.for_ever(), Err(LinkError));
    }

    #[test]
    fn an_unsubscribe_link_never_expires() {
        let link = Link::Unsubscribe(PersonId(Uuid::max()));
        let signed = keys().verify(&keys().sign(link, NOW)).expect("our own");
        assert_eq!(signed.at(time::macros::datetime!(9999-12-31 0:00 UTC)), Ok(link));
        assert_eq!(signed.for_ever(), Ok(link));
    }

    #[test]
    fn an_old_key_still_verifies_and_a_removed_one_does_not() {
        let old = LinkKeys::parse(&format!("old:{}", "cd".repeat(32))).expect("a key");
        let token = old.sign(Link::Download(Uuid::nil()), NOW);
        assert!(keys().verify(&token).is_ok());
        let only_new = LinkKeys::parse(&format!("new:{}", "ab".repeat(32))).expect("a key");
        assert_eq!(only_new.verify(&token), Err(LinkError));
    }

    #[test]
    fn wrong_keys_are_refused_and_good_ones_are_not_shown() {
        let hex = "ab".repeat(32);
        for (list, error) in [
            (String::new(), LinkKeysError::Shape),
            (hex.clone(), LinkKeysError::Shape),
            (format!("A:{hex}"), LinkKeysError::KeyId),
            (format!("a:{}", "ab".repeat(31)), LinkKeysError::Key),
            (format!("a:{hex},a:{hex}"), LinkKeysError::TwoOfOneId),
        ] {
            assert_eq!(LinkKeys::parse(&list).map(|_| ()), Err(error), "{list}");
        }
        assert_eq!(format!("{:?}", keys()), r#"{"new", "old"}"#);
    }

    proptest! {
        #[test]
        fn every_link_comes_back_as_it_was(link in any_link()) {
            let token = keys().sign(link, NOW);
            prop_assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(keys().verify(&token).and_then(|signed| signed.at(NOW)), Ok(link));
        }

        #[test]
        fn a_token_with_one_bit_turned_is_refused(link in any_link(), at in any::<prop::sample::Index>(), bit in 0_u32..8) {
            let mut bytes = BASE64URL_NOPAD.decode(keys().sign(link, NOW).as_bytes()).expect("our own");
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert_eq!(keys().verify(&BASE64URL_NOPAD.encode(&bytes)), Err(LinkError));
        }

        #[test]
        fn whatever_stands_in_a_url_never_panics(token in "\\PC{0,140}|[A-Za-z0-9_-]{0,140}") {
            prop_assert_eq!(keys().verify(&token), Err(LinkError));
        }
    }
}
