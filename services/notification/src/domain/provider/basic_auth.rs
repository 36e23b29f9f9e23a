//! `Authorization: Basic` (RFC 7617), compared in constant time.

use data_encoding::BASE64;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether the field has this `user:password`. Hashes are compared, so that not even a length shows.
pub(super) fn is_login(authorization: Option<&str>, login: &SecretString) -> bool {
    let given = authorization
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"))
        .and_then(|(_, value)| BASE64.decode(value.trim().as_bytes()).ok());
    let Some(given) = given else { return false };
    let expected = Sha256::digest(login.expose_secret().as_bytes());
    Sha256::digest(&given)
        .as_slice()
        .ct_eq(expected.as_slice())
        .into()
}
