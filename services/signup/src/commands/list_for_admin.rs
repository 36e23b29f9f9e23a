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
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { listings::leads(connection, after, limit).await })
        })
        .await
}

/// Everything that is kept about a lead.
///
/// # Errors
/// The database is not available.
pub async fn show_lead(state: &State, person: PersonId) -> Result<Option<MyData>, Error> {
    state
        .database
        .transaction(move |connection| Box::pin(async move { my_data::read(connection, person).await }))
        .await
}

/// Campaigns by name, after this one.
///
/// # Errors
/// The database is not available.
pub async fn list_campaigns(state: &State, after: String, limit: i64) -> Result<Vec<CampaignItem>, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { listings::campaigns(connection, &after, limit).await })
        })
        .await
}

/// The newest versions of offers by name, after this one.
///
/// # Errors
/// The database is not available.
pub async fn list_offers(state: &State, after: String, limit: i64) -> Result<Vec<OfferItem>, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { listings::offers(connection, &after, limit).await })
        })
        .await
}
