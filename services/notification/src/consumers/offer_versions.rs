//! `offer.versions`: the pieces of a file, then the manifest that names it. One after another: they are few and large.

use contracts::offer::{CHUNK_TYPE, ChunkKey, OfferPublished, OfferVersion};
use contracts::{EventHeaders, Slug, topics};
use kafka::{ConsumerSpec, Handler, Later, Received, Verdict};
use tracing::Instrument;

use crate::commands::store_chunk::store_chunk;
use crate::commands::store_offer::{Stored, store_offer};
use crate::commands::withdraw_offer::withdraw_offer;
use crate::error::Error;
use crate::state::State;

pub const NAME: &str = "notification: consume offers";

/// A group of its own: a file that is being stored holds up no mail.
pub const SPEC: ConsumerSpec = ConsumerSpec {
    group: "notification-offers",
    topics: &[topics::OFFER_VERSIONS],
    batch: 4,
};

/// Stores what comes on `offer.versions`.
#[derive(Debug, Clone)]
pub struct Offers {
    state: State,
}

impl Offers {
    /// A handler that stores into this state.
    #[must_use]
    pub fn new(state: State) -> Self {
        Self { state }
    }

    async fn one(&self, record: &Received) -> Result<Verdict, Error> {
        let key = record
            .key
            .as_deref()
            .and_then(|key| std::str::from_utf8(key).ok())
            .unwrap_or_default();
        let Some(payload) = &record.payload else {
            return self.tombstone(key).await;
        };
        let headers = match EventHeaders::parse(&record.headers) {
            Ok(headers) => headers,
            Err(error) => return Ok(Verdict::Park(error.to_string())),
        };
        let span = telemetry::event_span(headers.id, headers.traceparent.as_deref());
        let handled = async {
            if headers.event_type == CHUNK_TYPE {
                return self.chunk(key, payload).await;
            }
            match headers.data(Some(payload)) {
                Ok(Some(manifest)) => self.manifest(manifest, headers.traceparent).await,
                Ok(None) => Ok(Verdict::Skipped),
                Err(error) => Ok(Verdict::Park(error.to_string())),
            }
        };
        handled.instrument(span).await
    }

    async fn chunk(&self, key: &str, bytes: &[u8]) -> Result<Verdict, Error> {
        let Some(key) = ChunkKey::parse(key) else {
            return Ok(Verdict::Park("the key is not that of a chunk".to_owned()));
        };
        if store_chunk(&self.state, key, bytes.to_vec()).await? {
            return Ok(Verdict::Done);
        }
        Ok(Verdict::Park("larger than a chunk of a file may be".to_owned()))
    }

    async fn manifest(
        &self,
        manifest: OfferPublished,
        traceparent: Option<String>,
    ) -> Result<Verdict, Error> {
        let offer = manifest.offer.key();
        let reason = match store_offer(&self.state, manifest, traceparent).await? {
            Stored::Yes => {
                tracing::info!(offer, "an offer version can be mailed");
                return Ok(Verdict::Done);
            }
            Stored::Template(error) => error.to_string(),
            Stored::File => "the chunks that came before do not make its file".to_owned(),
        };
        tracing::error!(
            offer,
            reason,
            "an offer version cannot be mailed, deliveries of it wait"
        );
        Ok(Verdict::Park(reason))
    }

    /// Of a file's chunk: nothing to do, files that no offer names are swept away anyhow.
    async fn tombstone(&self, key: &str) -> Result<Verdict, Error> {
        let Some(offer) = version(key) else {
            return Ok(Verdict::Skipped);
        };
        withdraw_offer(&self.state, offer).await?;
        Ok(Verdict::Done)
    }
}

impl Handler for Offers {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Later> {
        let mut verdicts = Vec::with_capacity(batch.len());
        for record in batch {
            let verdict = match self.one(record).await {
                Ok(verdict) => verdict,
                Err(Error::Refused(_)) => Verdict::Park("the database refuses a value in it".to_owned()),
                Err(error) => return Err(Later(error.to_string())),
            };
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }
}

/// Reads the key of a manifest, `offer/{slug}/{version}`.
fn version(key: &str) -> Option<OfferVersion> {
    let (slug, version) = key.strip_prefix("offer/")?.split_once('/')?;
    Some(OfferVersion {
        slug: Slug::parse(slug).ok()?,
        version: version.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifests_key_names_its_version() {
        let offer = OfferVersion {
            slug: Slug::parse("cheat-sheet").expect("a slug"),
            version: 12,
        };
        assert_eq!(version(&offer.key()), Some(offer));
        assert_eq!(version("file/00/1"), None);
        assert_eq!(version("offer/a/b"), None);
    }
}
