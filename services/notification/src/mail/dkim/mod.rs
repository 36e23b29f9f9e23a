//! DKIM signatures (RFC 6376): an RSA one, which every verifier knows, and Ed25519 ones (RFC 8463) beside it.
//!
//! `key` is one key, `file` the reviewed file that says which keys sign, `record` what DNS has to say of them.

mod file;
mod key;
mod record;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use mail_auth::common::crypto::{Algorithm, HashContext, HashImpl, HashOutput, Sha256, SigningKey};
use mail_auth::common::headers::{HeaderWriter, Writable};
use mail_auth::dkim::canonicalize::BodyHasher;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

pub use self::file::{DkimFileError, entry, read};
pub use self::key::{Algorithm as KeyAlgorithm, Key, KeyError};
pub use self::record::Record;
use crate::mail::compose::Mail;

/// Signed in every mail, there or not: nobody may add one later. From twice, so that a second one breaks the signature
/// (RFC 6376 §8.15).
const ALWAYS: [&str; 9] = [
    "From",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
];
/// Signed where they are there: the group address of a team may add its own. RFC 8058 §4 wants both List- ones signed.
const WHERE_PRESENT: [&str; 3] = ["Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post"];

/// A key and the name under which DNS has its record. `Debug` shows the name.
#[derive(Debug)]
pub struct NamedKey {
    pub selector: String,
    /// Whether it signs. One that does not is published already, or still.
    pub active: bool,
    pub key: Key,
}

/// The keys of a domain; at least one is active.
#[derive(Debug)]
pub struct Keys {
    /// The d= of signatures; DMARC wants it to be the domain of From, or one above or below it.
    pub domain: String,
    pub keys: Vec<NamedKey>,
}

/// Signs mails off the event loop: an RSA signature takes half a millisecond. Clones share the keys.
#[derive(Clone)]
pub struct Signer {
    keys: Arc<Keys>,
    /// As many at once as there are cores: more would only wait for each other.
    turns: Arc<Semaphore>,
}

/// The cryptography failed, which no property of a mail can cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mail could not be signed")]
pub struct SignError;

impl Signer {
    /// Signs with the active keys.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            keys: Arc::new(keys),
            turns: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The keys, active or not.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The mail with its signatures.
    ///
    /// # Errors
    /// [`SignError`].
    pub async fn sign(&self, mail: Mail) -> Result<Mail, SignError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let keys = Arc::clone(&self.keys);
        let signing = spawn_blocking(move || {
            let _turn = turn;
            keys.sign(mail)
        });
        signing.await.map_err(|_| SignError)?
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.keys).finish()
    }
}

impl Keys {
    /// The mail with one signature for each active key, in the order of the file, on this thread.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, mail: Mail) -> Result<Mail, SignError> {
        let (header, body) = mail.split();
        let body = hash(body);
        let names = signed_headers(header);
        let mut signatures = String::new();
        for named in self.keys.iter().filter(|named| named.active) {
            let signer = DkimSigner::from_key(AfterHashing {
                key: &named.key,
                body: &body,
            });
            let signer = signer.domain(&self.domain).selector(&named.selector);
            let signed = signer.headers(names.iter().copied()).sign(header);
            signatures.push_str(&signed.map_err(|_| SignError)?.to_header());
        }
        Ok(mail.signed(signatures.into_bytes()))
    }

    /// What DNS has to say of each key, in the order of the file.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.keys
            .iter()
            .map(|named| Record::of(&named.selector, &self.domain, &named.key))
    }
}

/// A key for a body that was hashed before: the hash is the same under every key, and dear where a file is attached.
struct AfterHashing<'a> {
    key: &'a Key,
    body: &'a HashOutput,
}

impl SigningKey for AfterHashing<'_> {
    type Hasher = Sha256;

    fn sign(&self, input: impl Writable) -> mail_auth::Result<Vec<u8>> {
        self.key.signing().sign(input)
    }

    fn hash(&self, _: impl Writable) -> HashOutput {
        self.body.clone()
    }

    fn algorithm(&self) -> Algorithm {
        self.key.signing().algorithm()
    }
}

fn hash<'a>(body: impl Iterator<Item = &'a [u8]>) -> HashOutput {
    let mut hasher = BodyHasher::new(Sha256::hasher(), Canonicalization::Relaxed, 0);
    body.for_each(|piece| hasher.write(piece));
    hasher.finish().0.complete()
}

fn signed_headers(header: &[u8]) -> Vec<&'static str> {
    let there = |name: &&str| {
        header.split(|octet| *octet == b'\n').any(|line| {
            line.strip_prefix(name.as_bytes())
                .is_some_and(|rest| rest.starts_with(b":"))
        })
    };
    ALWAYS
        .into_iter()
        .chain(WHERE_PRESENT.into_iter().filter(there))
        .collect()
}
