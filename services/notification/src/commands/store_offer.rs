//! An offer version arrives, after its file: from now on it can be mailed, and what waited for it is due.

use contracts::offer::{OfferFile, OfferPublished, OfferVersion};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::error::Error;
use crate::events;
use crate::mail::offer_mail::OfferMail;
use crate::mail::render::TemplateError;
use crate::state::State;
use crate::store::{file_chunks, intake, offers, waiting_notifications};

/// Deliveries that become due in one transaction.
const RELEASE: i64 = 1_000;

/// What became of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// It can be mailed, now or since before; told again in any case.
    Yes,
    /// No mail could ever be made of it.
    Template(TemplateError),
    /// The chunks that are here do not make its file.
    File,
}

/// Stores a version whose templates and file are whole, and releases what waited for it.
///
/// # Errors
/// What the database says.
pub async fn store_offer(
    state: &State,
    manifest: OfferPublished,
    traceparent: Option<String>,
) -> Result<Stored, Error> {
    let text = serde_json::to_string(&manifest).expect("contract types are plain data");
    let offer = manifest.offer.clone();
    let file = manifest.file.clone();
    if let Err(error) = OfferMail::compile(manifest) {
        return Ok(Stored::Template(error));
    }
    if !is_whole(state, file.clone()).await? {
        return Ok(Stored::File);
    }
    let stored = offer.clone();
    state
        .database
        .transaction(move |connection| {
            Box::pin(
                async move { store(connection, &stored, &text, &file.sha256, traceparent.as_deref()).await },
            )
        })
        .await?;
    state.wake.notify();
    while release(state, offer.clone()).await? > 0 {
        state.senders.notify_one();
    }
    Ok(Stored::Yes)
}

/// Whether the chunks that are here make the file: by its length, and by its sum.
async fn is_whole(state: &State, file: OfferFile) -> Result<bool, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let (mut sum, mut octets) = (Sha256::new(), 0);
                file_chunks::read(connection, &file.sha256, |bytes| {
                    sum.update(bytes);
                    octets += bytes.len();
                })
                .await?;
                let same_length = u64::try_from(octets).is_ok_and(|octets| octets == file.bytes);
                Ok(same_length && HEXLOWER.encode(&sum.finalize()) == file.sha256)
            })
        })
        .await
}

/// Nobody may decide meanwhile that the version is not here: the intake is closed.
async fn store(
    connection: &mut PgConnection,
    offer: &OfferVersion,
    manifest: &str,
    sha256: &str,
    traceparent: Option<&str>,
) -> Result<(), Error> {
    let now = intake::close(connection).await?;
    offers::insert(connection, offer, manifest, sha256).await?;
    Ok(outbox::append(connection, &[events::offer_stored(offer, traceparent, now)]).await?)
}

/// In steps: a hundred thousand deliveries may have waited, and none of them can be added any more.
async fn release(state: &State, offer: OfferVersion) -> Result<u64, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { Ok(waiting_notifications::release(connection, &offer, RELEASE).await?) })
        })
        .await
}
