//! Lists for the admin API, read only: leads by person id, offers and campaigns by name.

use std::fmt;

use contracts::PersonId;
use serde::Serialize;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Error;

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

/// The next leads after this one.
///
/// # Errors
/// What the database says.
pub async fn leads(
    connection: &mut PgConnection,
    after: PersonId,
    limit: i64,
) -> Result<Vec<LeadItem>, Error> {
    let leads = sqlx::query_as!(
        LeadItem,
        r#"select person_id, email, name, created_at, cardinality(signup_ids) as "signups!"
           from leads where person_id > $1 order by person_id limit $2"#,
        after.0,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(leads)
}

/// The next campaigns after this one.
///
/// # Errors
/// What the database says.
pub async fn campaigns(
    connection: &mut PgConnection,
    after: &str,
    limit: i64,
) -> Result<Vec<CampaignItem>, Error> {
    let campaigns = sqlx::query_as!(
        CampaignItem,
        "select slug, offer, channel, greeting, allowed_origins
         from campaigns where slug > $1 order by slug limit $2",
        after,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(campaigns)
}

/// The next offers after this one.
///
/// # Errors
/// What the database says.
pub async fn offers(connection: &mut PgConnection, after: &str, limit: i64) -> Result<Vec<OfferItem>, Error> {
    let offers = sqlx::query_as!(
        OfferItem,
        r#"select o.slug, v.version, v.file_name, v.published_at, v.stored_at is not null as "confirmed!"
           from offers o join offer_versions v on v.offer = o.slug and v.version = o.current_version
           where o.slug > $1 order by o.slug limit $2"#,
        after,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(offers)
}
