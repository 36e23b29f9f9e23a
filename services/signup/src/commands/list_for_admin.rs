//! An operator looks at leads, campaigns and offers, page by page.

use contracts::PersonId;

use crate::domain::listing::{CampaignItem, LeadItem, OfferItem};
use crate::domain::my_data::MyData;
use crate::error::Error;
use crate::state::State;
use crate::store::{listings, my_data};

/// Leads in the order of their ids, after this one.
///
/// # Errors
/// The database is not available.
pub async fn list_leads(state: &State, after: PersonId, limit: i64) -> Result<Vec<LeadItem>, Error> {
    let database = state.database.clone();
    let read = async move {
        let mut connection = database.pool().acquire().await?;
        listings::leads(&mut connection, after, limit).await
    };
    state.database.run(read).await
}

/// Everything that is kept about a lead.
///
/// # Errors
/// The database is not available.
pub async fn show_lead(state: &State, person: PersonId) -> Result<Option<MyData>, Error> {
    let database = state.database.clone();
    let read = async move {
        let mut connection = database.pool().acquire().await?;
        my_data::read(&mut connection, person).await
    };
    state.database.run(read).await
}

/// Campaigns by name, after this one.
///
/// # Errors
/// The database is not available.
pub async fn list_campaigns(state: &State, after: String, limit: i64) -> Result<Vec<CampaignItem>, Error> {
    let database = state.database.clone();
    let read = async move {
        let mut connection = database.pool().acquire().await?;
        listings::campaigns(&mut connection, &after, limit).await
    };
    state.database.run(read).await
}

/// The newest versions of offers by name, after this one.
///
/// # Errors
/// The database is not available.
pub async fn list_offers(state: &State, after: String, limit: i64) -> Result<Vec<OfferItem>, Error> {
    let database = state.database.clone();
    let read = async move {
        let mut connection = database.pool().acquire().await?;
        listings::offers(&mut connection, &after, limit).await
    };
    state.database.run(read).await
}
