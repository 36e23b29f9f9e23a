//! A campaign: a channel's way in to an offer.

use contracts::Slug;
use serde::{Deserialize, Serialize};

use crate::domain::offer::CurrentOffer;

/// A campaign as the offer's folder says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignDraft {
    pub slug: Slug,
    /// `instagram`, `linkedin`, `youtube`, …: lower case, as a slug.
    pub channel: Slug,
    /// How the page and the mail greet: "Hi Instagram Fam!".
    pub greeting: String,
    pub utm: UtmDefaults,
    /// Origins whose pages may call the JSON API for this campaign (CORS), such as `https://example.org`.
    pub allowed_origins: Vec<String>,
}

/// What a touch is taken to say where the visitor's link said nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UtmDefaults {
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub term: Option<String>,
    pub content: Option<String>,
}

/// A campaign that takes signups, with the offer that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCampaign {
    pub slug: Slug,
    pub channel: String,
    pub greeting: String,
    pub utm: UtmDefaults,
    pub allowed_origins: Vec<String>,
    pub offer: CurrentOffer,
}
