//! A marketer publishes an offer.

use contracts::offer::OfferVersion;

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
    let inner = state.clone();
    let applied = state
        .database
        .run_long(async move { apply(&inner, draft).await })
        .await?;
    state.campaigns.forget();
    state.wake.notify();
    Ok(applied)
}

async fn apply(state: &State, draft: OfferDraft) -> Result<Applied, Error> {
    let mut transaction = state.database.begin().await?;
    let newest = offers::lock(&mut transaction, &draft.slug).await?;
    for campaign in &draft.campaigns {
        campaigns::store(&mut transaction, campaign, &draft.slug).await?;
    }
    let content = draft.content_sum();
    let version = |number| OfferVersion {
        slug: draft.slug.clone(),
        version: number,
    };
    let applied = match newest {
        Some(newest) if newest.content == content => Applied::Unchanged(version(newest.version)),
        _ => {
            let next = version(newest.map_or(1, |newest| newest.version + 1));
            let again_after = state.rules.republish.first.as_secs_f64();
            let at = offers::store_version(&mut transaction, &draft, next.version, again_after).await?;
            let publication = Publication {
                version: next.clone(),
                content: draft.content,
                file: draft.file,
                at,
            };
            let events = events::offer_published(publication);
            outbox::append(&mut transaction, &events).await?;
            Applied::Published(next)
        }
    };
    transaction.commit().await?;
    Ok(applied)
}
