//! A private key that signs, and how to make one.

use std::fmt;

use clap::ValueEnum;
use data_encoding::BASE64;
use getrandom::SysRng;
use mail_auth::common::crypto::{DkimKey, Ed25519Key, RsaKey, Sha256};
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding, SecretDocument};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use secrecy::SecretString;

/// What every verifier takes (RFC 8301 §3.2), and what fits into a TXT record.
const RSA_BITS: usize = 2048;

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Algorithm {
    /// rsa-sha256, which every verifier knows
    Rsa,
    /// ed25519-sha256 (RFC 8463): small and quick, and not known everywhere yet
    Ed25519,
}

impl Algorithm {
    /// As the k= of a record spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// A private key. `Debug` shows its algorithm.
pub struct Key {
    signing: DkimKey,
    algorithm: Algorithm,
    public: String,
}

/// Why a file gives no key. Repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("holds no private key in PEM form (PKCS#8 or PKCS#1)")]
    Pem,
    #[error("holds a private key that is neither RSA of 2048 to 4096 bits nor Ed25519")]
    Kind,
    #[error("the key could not be made")]
    Making,
}

impl Key {
    /// Reads a private key: PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// [`KeyError::Pem`], [`KeyError::Kind`].
    pub fn parse(pem: &[u8]) -> Result<Self, KeyError> {
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| KeyError::Pem)?;
        if let Ok(key) = RsaKey::<Sha256>::from_key_der(der.clone_key()) {
            return Ok(Self {
                public: rsa_public(&key.public_key()).ok_or(KeyError::Kind)?,
                signing: key.into(),
                algorithm: Algorithm::Rsa,
            });
        }
        let PrivateKeyDer::Pkcs8(der) = der else {
            return Err(KeyError::Kind);
        };
        // OpenSSL leaves the public half out, which ring's strict way would not take.
        let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(der.secret_pkcs8_der());
        let key = key.map_err(|_| KeyError::Kind)?;
        Ok(Self {
            public: BASE64.encode(&key.public_key()),
            signing: key.into(),
            algorithm: Algorithm::Ed25519,
        })
    }

    /// A new key as PKCS#8 in PEM form. An RSA key may take a second.
    ///
    /// # Errors
    /// [`KeyError::Making`]: the system has no random numbers.
    pub fn make(algorithm: Algorithm) -> Result<SecretString, KeyError> {
        let pem = match algorithm {
            Algorithm::Rsa => rsa::PrivateKey::new(&mut SysRng, RSA_BITS)
                .ok()
                .and_then(|key| key.to_pkcs8_pem(LineEnding::LF).ok()),
            Algorithm::Ed25519 => Ed25519Key::generate_pkcs8()
                .ok()
                .and_then(|der| SecretDocument::try_from(der).ok())
                .and_then(|der| der.to_pem("PRIVATE KEY", LineEnding::LF).ok()),
        };
        pem.map(|pem| pem.as_str().into()).ok_or(KeyError::Making)
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half in base64, as the p= of a record has it.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    pub(super) const fn signing(&self) -> &DkimKey {
        &self.signing
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.algorithm).finish()
    }
}

/// Records hold the SubjectPublicKeyInfo, which is what verifiers expect; RFC 6376 §3.6.1 names the bare key inside it.
fn rsa_public(pkcs1: &[u8]) -> Option<String> {
    let key = rsa::PublicKey::from_pkcs1_der(pkcs1).ok()?;
    let document = key.to_public_key_der().ok()?;
    Some(BASE64.encode(document.as_bytes()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_key_that_was_made_is_read_back_and_never_shown() {
        for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
            let pem = Key::make(algorithm).expect("made");
            let key = Key::parse(pem.expose_secret().as_bytes()).expect("read");
            assert_eq!(key.algorithm(), algorithm);
            assert_eq!(format!("{key:?}"), format!("Key({algorithm:?})"));
        }
    }

    #[test]
    fn a_key_of_openssl_is_read() {
        // Both halves are of RFC 8410 §10; the private one is without the public.
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";
        let key = Key::parse(pem.as_bytes()).expect("a key");
        assert_eq!(key.public(), "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
    }

    #[test]
    fn what_is_no_key_of_ours_is_refused_in_its_own_words() {
        assert_eq!(Key::parse(b"hello").err(), Some(KeyError::Pem));
        let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(Key::parse(certificate.as_bytes()).err(), Some(KeyError::Pem));
        let other = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert_eq!(Key::parse(other.as_bytes()).err(), Some(KeyError::Kind));
    }
}
