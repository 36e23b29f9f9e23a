//! Offers on their way to notification, on the compacted topic `offer.versions`: first the chunks of the file,
//! then the manifest that names it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Payload, Slug, Source, topics};

/// Bytes of a file in one record.
pub const CHUNK_BYTES: usize = 512 * 1024;
/// The largest file of an offer, in bytes.
pub const FILE_MAX_BYTES: usize = 10 * 1024 * 1024;
/// What the templates of a [`DeliveryMail`] may name; signup refuses any other word, notification fills in all of them.
/// `confirm` is undefined where the box for updates was not ticked; `attached` is whether the file comes with this mail,
/// `download` is there in any case. The visitor's name is not among them: a form must be no way to mail a text to a
/// stranger.
pub const MAIL_VARIABLES: [&str; 7] = [
    "greeting",
    "title",
    "download",
    "attached",
    "confirm",
    "unsubscribe",
    "my_data",
];
/// Type of a chunk. Its value is raw bytes, its key says which.
pub const CHUNK_TYPE: &str = "leadstream.signup.offer_file_chunk.v1";

/// One version of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct OfferVersion {
    pub slug: Slug,
    /// 1, 2, 3 …: a new one each time the content changed.
    pub version: i32,
}

impl OfferVersion {
    /// Key of the manifest's record.
    #[must_use]
    pub fn key(&self) -> String {
        format!("offer/{}/{}", self.slug, self.version)
    }
}

/// How the file gets to the lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    Link,
    Attachment,
    Both,
}

/// What notification must know of an offer version to mail it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferPublished {
    pub offer: OfferVersion,
    pub title: String,
    /// BCP 47 language of page and mail.
    pub language: String,
    pub delivery: DeliveryMode,
    pub mail: DeliveryMail,
    pub file: OfferFile,
}

/// The delivery mail: minijinja templates, the HTML one auto-escaped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryMail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The file of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferFile {
    /// The name it is saved under.
    pub name: String,
    pub media_type: String,
    /// Lower-case hex.
    pub sha256: String,
    pub bytes: u64,
    pub chunks: u32,
}

impl Payload for OfferPublished {
    const TYPE: &'static str = "leadstream.signup.offer_published.v1";
    const SOURCE: Source = Source::Signup;
    const TOPIC: &'static str = topics::OFFER_VERSIONS;
}

/// Names one chunk of a file by the sum of the whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkKey {
    /// SHA-256 of the whole file, lower-case hex.
    pub sha256: String,
    /// 0, 1, 2 …
    pub index: u32,
}

impl ChunkKey {
    /// Reads `file/{sha256}/{n}`; nothing else is a chunk's key.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let (sha256, index) = key.strip_prefix("file/")?.split_once('/')?;
        let is_sum = sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_sum.then_some(Self {
            sha256: sha256.to_owned(),
            index: index.parse().ok()?,
        })
    }
}

impl std::fmt::Display for ChunkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "file/{}/{}", self.sha256, self.index)
    }
}
