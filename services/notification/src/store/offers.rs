//! Table `offers`.

use std::collections::HashSet;

use contracts::Slug;
use contracts::offer::OfferVersion;
use sqlx::PgConnection;

/// Which of these versions are here, by slug and version.
///
/// # Errors
/// If the database is out of reach.
pub async fn among(
    connection: &mut PgConnection,
    versions: &HashSet<&OfferVersion>,
) -> Result<HashSet<OfferVersion>, sqlx::Error> {
    if versions.is_empty() {
        return Ok(HashSet::new());
    }
    let slugs: Vec<String> = versions.iter().map(|version| version.slug.to_string()).collect();
    let numbers: Vec<i32> = versions.iter().map(|version| version.version).collect();
    let rows = sqlx::query!(
        "select slug, version from offers
         join unnest($1::text[], $2::integer[]) as wanted (slug, version) using (slug, version)",
        &slugs,
        &numbers
    )
    .fetch_all(connection)
    .await?;
    let read = |slug: &str, version| {
        Some(OfferVersion {
            slug: Slug::parse(slug).ok()?,
            version,
        })
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| read(&row.slug, row.version))
        .collect())
}

/// Writes a version. Versions never change: one that is here stays as it is.
///
/// # Errors
/// If the database is out of reach.
pub async fn insert(
    connection: &mut PgConnection,
    offer: &OfferVersion,
    manifest: &str,
    sha256: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into offers (slug, version, manifest, sha256) values ($1, $2, $3, $4) on conflict do nothing",
        offer.slug.as_str(),
        offer.version,
        manifest,
        sha256
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The manifest of a version, as it came.
///
/// # Errors
/// If the database is out of reach.
pub async fn manifest(
    connection: &mut PgConnection,
    offer: &OfferVersion,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select manifest from offers where slug = $1 and version = $2",
        offer.slug.as_str(),
        offer.version
    )
    .fetch_optional(connection)
    .await
}

/// Removes a version that no mail is owed of.
///
/// # Errors
/// If the database is out of reach.
pub async fn remove(connection: &mut PgConnection, offer: &OfferVersion) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from offers
         where slug = $1 and version = $2 and not exists (
             select from due_notifications d
             join notifications n on n.id = d.notification_id
             where n.offer_slug = $1 and n.offer_version = $2
         )",
        offer.slug.as_str(),
        offer.version
    )
    .execute(connection)
    .await?;
    Ok(())
}
