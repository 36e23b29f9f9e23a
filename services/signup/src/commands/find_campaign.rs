//! A visitor comes by a campaign.

use std::sync::Arc;

use contracts::Slug;

use crate::domain::campaign::OpenCampaign;
use crate::error::Error;
use crate::state::State;

/// The campaign and the current version of its offer, if there is such a campaign. Up to 5 s old if another process
/// changed it.
///
/// # Errors
/// The database is not available.
pub async fn find_campaign(state: &State, slug: &Slug) -> Result<Option<Arc<OpenCampaign>>, Error> {
    state.campaigns.get(&state.database, slug).await
}
