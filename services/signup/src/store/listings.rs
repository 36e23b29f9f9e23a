//! Lists for the admin API, read only: leads by person id, offers and campaigns by name.

use contracts::PersonId;
use sqlx::PgConnection;

use crate::domain::listing::{CampaignItem, LeadItem, OfferItem};
use crate::error::Error;

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
        r#"select person_id, email, name, created_at,
                  (select count(*)::integer from person_signups p where p.person_id = leads.person_id) as "signups!"
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
