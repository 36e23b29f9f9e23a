//! A delivery needs its offer's templates and file. Both are kept in memory: all mails of an offer share them.

use std::sync::Arc;
use std::time::Duration;

use contracts::offer::{OfferFile, OfferVersion};
use moka::future::Cache;

use crate::error::Error;
use crate::mail::attachment::{EncodedFile, FileEncoder};
use crate::mail::offer_mail::OfferMail;
use crate::store::Database;
use crate::store::{file_chunks, offers};

const OFFERS: u64 = 100;
/// Octets of encoded files: three of the biggest that an offer can have.
const FILES: u64 = 42 * 1024 * 1024;
/// What nobody mails any more need not be kept.
const IDLE: Duration = Duration::from_secs(600);

/// Offers that are being mailed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OfferMails {
    database: Database,
    offers: Cache<OfferVersion, Arc<OfferMail>>,
    files: Cache<String, EncodedFile>,
}

/// Why an offer cannot be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NoOfferMail {
    /// Try again later.
    #[error(transparent)]
    Database(#[from] Arc<Error>),
    /// It is not here, or not as it was when it was stored.
    #[error("the offer version cannot be used any more")]
    Unusable,
}

impl OfferMails {
    /// An empty memory in front of this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        let weigh = |_: &String, file: &EncodedFile| u32::try_from(file.len()).unwrap_or(u32::MAX);
        Self {
            database,
            offers: Cache::builder().max_capacity(OFFERS).time_to_idle(IDLE).build(),
            files: Cache::builder()
                .max_capacity(FILES)
                .weigher(weigh)
                .time_to_idle(IDLE)
                .build(),
        }
    }

    /// The templates of a version. Many who ask at once wait for one answer.
    ///
    /// # Errors
    /// [`NoOfferMail`].
    pub async fn mail(&self, offer: &OfferVersion) -> Result<Arc<OfferMail>, NoOfferMail> {
        let loading = self
            .offers
            .try_get_with_by_ref(offer, load_mail(&self.database, offer.clone()));
        loading.await.map_err(|error| (*error).clone())
    }

    /// A file, encoded.
    ///
    /// # Errors
    /// [`NoOfferMail`].
    pub async fn file(&self, file: &OfferFile) -> Result<EncodedFile, NoOfferMail> {
        let loading = self
            .files
            .try_get_with_by_ref(&file.sha256, load_file(&self.database, file));
        loading.await.map_err(|error| (*error).clone())
    }
}

async fn load_mail(database: &Database, offer: OfferVersion) -> Result<Arc<OfferMail>, NoOfferMail> {
    let manifest = database
        .transaction(move |connection| {
            Box::pin(async move { Ok(offers::manifest(connection, &offer).await?) })
        })
        .await
        .map_err(Arc::new)?
        .ok_or(NoOfferMail::Unusable)?;
    let manifest = serde_json::from_str(&manifest).map_err(|_| NoOfferMail::Unusable)?;
    let mail = OfferMail::compile(manifest).map_err(|_| NoOfferMail::Unusable)?;
    Ok(Arc::new(mail))
}

async fn load_file(database: &Database, file: &OfferFile) -> Result<EncodedFile, NoOfferMail> {
    let sha256 = file.sha256.clone();
    let octets = usize::try_from(file.bytes).map_err(|_| NoOfferMail::Unusable)?;
    let (encoded, read) = database
        .transaction(move |connection| {
            Box::pin(async move {
                let (mut encoder, mut read) = (FileEncoder::new(octets), 0);
                file_chunks::read(connection, &sha256, |bytes| {
                    read += bytes.len();
                    encoder.push(bytes);
                })
                .await?;
                Ok((encoder.finish(), read))
            })
        })
        .await
        .map_err(Arc::new)?;
    if read == octets {
        Ok(encoded)
    } else {
        Err(NoOfferMail::Unusable)
    }
}
