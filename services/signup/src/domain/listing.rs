//! What an operator sees of leads, campaigns and offers in a list.

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// A lead in a list. `Debug` shows no address.
#[derive(Serialize)]
pub struct LeadItem {
    /// The person's id in all three services
    pub person_id: Uuid,
    pub email: String,
    pub name: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// How often the lead asked for an offer
    pub signups: i32,
}

impl fmt::Debug for LeadItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeadItem")
            .field("person_id", &self.person_id)
            .finish_non_exhaustive()
    }
}

/// A campaign in a list.
#[derive(Debug, Serialize)]
pub struct CampaignItem {
    pub slug: String,
    pub offer: String,
    pub channel: String,
    pub greeting: String,
    pub allowed_origins: Vec<String>,
}

/// The newest version of an offer in a list.
#[derive(Debug, Serialize)]
pub struct OfferItem {
    pub slug: String,
    pub version: i32,
    pub file_name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub published_at: OffsetDateTime,
    /// Whether notification has said that it holds this version
    pub confirmed: bool,
}
