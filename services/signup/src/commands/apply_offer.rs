//! A marketer publishes an offer.

use contracts::offer::OfferVersion;
use sqlx::PgConnection;

use crate::domain::offer::{OfferDraft, Publication};
use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{campaigns, offers};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// Nothing but, perhaps, its campaigns has changed.
    Unchanged(OfferVersion),
    Published(OfferVersion),
}

/// Stores the offer as a new version if its content has changed, and tells notification: the chunks of the file
/// first, then the manifest. Its campaigns take the new texts in any case; those that it does not name any more go on.
///
/// # Errors
/// [`Error::CampaignTaken`]: nothing is stored then; the database is not available.
pub async fn apply_offer(state: &State, draft: OfferDraft) -> Result<Applied, Error> {
    let again_after = state.rules.republish.first.as_secs_f64();
    let applied = state
        .background
        .transaction(move |connection| Box::pin(apply(connection, draft, again_after)))
        .await?;
    state.campaigns.forget();
    state.wake.notify();
    Ok(applied)
}

async fn apply(connection: &mut PgConnection, draft: OfferDraft, again_after: f64) -> Result<Applied, Error> {
    let newest = offers::lock(connection, &draft.slug).await?;
    for campaign in &draft.campaigns {
        campaigns::store(connection, campaign, &draft.slug).await?;
    }
    let content = draft.content_sum();
    let version = |number| OfferVersion {
        slug: draft.slug.clone(),
        version: number,
    };
    if let Some(newest) = newest.filter(|newest| newest.content == content) {
        return Ok(Applied::Unchanged(version(newest.version)));
    }
    let next = version(newest.map_or(1, |newest| newest.version + 1));
    let at = offers::store_version(connection, &draft, next.version, again_after).await?;
    let publication = Publication {
        version: next.clone(),
        content: draft.content,
        file: draft.file,
        at,
    };
    outbox::append(connection, &events::offer_published(publication)).await?;
    Ok(Applied::Published(next))
}
