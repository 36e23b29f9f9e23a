//! Table `campaigns`.

use contracts::Slug;
use sqlx::PgConnection;

use crate::domain::campaign::{CampaignDraft, OpenCampaign, UtmDefaults};
use crate::domain::offer::{CurrentOffer, OfferContent};
use crate::error::Error;
use contracts::offer::OfferVersion;

/// The campaign with the current version of its offer.
///
/// # Errors
/// What the database says; [`Error::Unreadable`] if a stored text is not what this program writes.
pub async fn find_open(connection: &mut PgConnection, slug: &Slug) -> Result<Option<OpenCampaign>, Error> {
    let found = sqlx::query!(
        "select c.channel, c.greeting, c.utm, c.allowed_origins, v.offer, v.version, v.content
         from campaigns c
         join offers o on o.slug = c.offer
         join offer_versions v on v.offer = o.slug and v.version = o.current_version
         where c.slug = $1",
        slug.as_str()
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = found else { return Ok(None) };
    let content: OfferContent = serde_json::from_str(&row.content).map_err(|_| Error::Unreadable("offer"))?;
    let utm: UtmDefaults = serde_json::from_str(&row.utm).map_err(|_| Error::Unreadable("campaign"))?;
    let offer = Slug::parse(&row.offer).map_err(|_| Error::Unreadable("offer"))?;
    Ok(Some(OpenCampaign {
        slug: slug.clone(),
        channel: row.channel,
        greeting: row.greeting,
        utm,
        allowed_origins: row.allowed_origins,
        offer: CurrentOffer {
            version: OfferVersion {
                slug: offer,
                version: row.version,
            },
            title: content.title,
            language: content.language,
            delivery: content.delivery,
            page: content.page,
            consent: content.consent,
        },
    }))
}

/// Stores a campaign of an offer; one that is known takes the new texts.
///
/// # Errors
/// [`Error::CampaignTaken`] if it leads to another offer, and what the database says.
pub async fn store(
    connection: &mut PgConnection,
    campaign: &CampaignDraft,
    offer: &Slug,
) -> Result<(), Error> {
    let utm = serde_json::to_string(&campaign.utm).map_err(|_| Error::Unreadable("campaign"))?;
    let owner = sqlx::query_scalar!(
        "insert into campaigns (slug, offer, channel, greeting, utm, allowed_origins)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (slug) do update
             set channel = excluded.channel, greeting = excluded.greeting, utm = excluded.utm,
                 allowed_origins = excluded.allowed_origins, changed_at = now()
         returning offer",
        campaign.slug.as_str(),
        offer.as_str(),
        campaign.channel.as_str(),
        campaign.greeting,
        utm,
        &campaign.allowed_origins
    )
    .fetch_one(connection)
    .await?;
    if owner == offer.as_str() {
        return Ok(());
    }
    Err(Error::CampaignTaken {
        campaign: campaign.slug.clone(),
        offer: Slug::parse(&owner).map_err(|_| Error::Unreadable("offer"))?,
    })
}
