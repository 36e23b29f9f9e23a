//! Tables `offers`, `offer_versions` and `files`.

use contracts::Slug;
use contracts::offer::OfferVersion;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::domain::consent::Sha256Sum;
use crate::domain::offer::{FileDraft, OfferContent, OfferDraft, Publication};
use crate::error::Error;

/// An offer's newest version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    pub version: i32,
    pub content: Sha256Sum,
}

/// Locks the offer until the end of the transaction, and tells its newest version if it has one.
///
/// # Errors
/// What the database says.
pub async fn lock(connection: &mut PgConnection, slug: &Slug) -> Result<Option<Newest>, Error> {
    sqlx::query!(
        "insert into offers (slug, current_version) values ($1, 0) on conflict (slug) do nothing",
        slug.as_str()
    )
    .execute(&mut *connection)
    .await?;
    let newest = sqlx::query!(
        r#"select o.current_version, v.content_sum as "content_sum?"
           from offers o
           left join offer_versions v on v.offer = o.slug and v.version = o.current_version
           where o.slug = $1
           for update of o"#,
        slug.as_str()
    )
    .fetch_one(connection)
    .await?;
    let Some(sum) = newest.content_sum else {
        return Ok(None);
    };
    Ok(Some(Newest {
        version: newest.current_version,
        content: read_sum(sum)?,
    }))
}

/// Stores a version and makes it the current one. Answers the database's time, at which it was published.
///
/// # Errors
/// What the database says.
pub async fn store_version(
    connection: &mut PgConnection,
    draft: &OfferDraft,
    version: i32,
    publish_again_after_seconds: f64,
) -> Result<OffsetDateTime, Error> {
    let file = store_file(connection, &draft.file).await?;
    let content = serde_json::to_string(&draft.content).map_err(|_| Error::Unreadable("offer"))?;
    let published_at = sqlx::query_scalar!(
        "insert into offer_versions (offer, version, content_sum, content, file_name, media_type, file_sha256,
                                     next_publish_at)
         values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))
         returning published_at",
        draft.slug.as_str(),
        version,
        &draft.content_sum().0[..],
        content,
        draft.file.name,
        draft.file.media_type,
        &file.0[..],
        publish_again_after_seconds
    )
    .fetch_one(&mut *connection)
    .await?;
    sqlx::query!(
        "update offers set current_version = $2 where slug = $1",
        draft.slug.as_str(),
        version
    )
    .execute(connection)
    .await?;
    Ok(published_at)
}

async fn store_file(connection: &mut PgConnection, file: &FileDraft) -> Result<Sha256Sum, Error> {
    let sum = Sha256Sum::of(&file.bytes);
    sqlx::query!(
        "insert into files (sha256, bytes) values ($1, $2) on conflict (sha256) do nothing",
        &sum.0[..],
        file.bytes
    )
    .execute(connection)
    .await?;
    Ok(sum)
}

/// A version as it is stored.
#[derive(Debug)]
pub struct StoredVersion {
    pub offer: String,
    pub version: i32,
    content: String,
    file: FileDraft,
    published_at: OffsetDateTime,
}

impl StoredVersion {
    /// What is to be told of it.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if a stored text is not what this program writes.
    pub fn read(self) -> Result<Publication, Error> {
        Ok(Publication {
            version: OfferVersion {
                slug: Slug::parse(&self.offer).map_err(|_| Error::Unreadable("offer"))?,
                version: self.version,
            },
            content: read_content(&self.content)?,
            file: self.file,
            at: self.published_at,
        })
    }
}

/// Takes the next version that notification has not confirmed for so long that it should be published again, and
/// puts it off: twice as long each time, a day at most. One whose manifest still waits in the outbox is only put off.
///
/// # Errors
/// What the database says.
pub async fn take_unconfirmed(
    connection: &mut PgConnection,
    first_after_seconds: f64,
) -> Result<Option<StoredVersion>, Error> {
    let due = sqlx::query_file!(
        "src/store/queries/take_unconfirmed_offer.sql",
        first_after_seconds
    )
    .fetch_optional(connection)
    .await?;
    let unsent = due.filter(|row| !row.is_queued);
    Ok(unsent.map(|row| StoredVersion {
        offer: row.offer,
        version: row.version,
        content: row.content,
        file: FileDraft {
            name: row.file_name,
            media_type: row.media_type,
            bytes: row.bytes,
        },
        published_at: row.published_at,
    }))
}

/// Notes that notification holds the version.
///
/// # Errors
/// What the database says.
pub async fn confirm(connection: &mut PgConnection, offer: &OfferVersion) -> Result<(), Error> {
    sqlx::query!(
        "update offer_versions set stored_at = now() where offer = $1 and version = $2 and stored_at is null",
        offer.slug.as_str(),
        offer.version
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How many versions notification has not confirmed.
///
/// # Errors
/// What the database says.
pub async fn count_unconfirmed(connection: &mut PgConnection) -> Result<i64, Error> {
    let count =
        sqlx::query_scalar!(r#"select count(*) as "count!" from offer_versions where stored_at is null"#)
            .fetch_one(connection)
            .await?;
    Ok(count)
}

fn read_content(json: &str) -> Result<OfferContent, Error> {
    serde_json::from_str(json).map_err(|_| Error::Unreadable("offer"))
}

fn read_sum(bytes: Vec<u8>) -> Result<Sha256Sum, Error> {
    bytes
        .try_into()
        .map(Sha256Sum)
        .map_err(|_| Error::Unreadable("sum"))
}

/// How many versions that were published then or later are not confirmed by notification.
///
/// # Errors
/// What the database says.
pub async fn count_unconfirmed_since(
    connection: &mut PgConnection,
    since: OffsetDateTime,
) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from offer_versions where stored_at is null and published_at >= $1"#,
        since
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Makes them due at once, as if they had never been published. Answers how many.
///
/// # Errors
/// What the database says.
pub async fn make_due(connection: &mut PgConnection, since: OffsetDateTime) -> Result<u64, Error> {
    let due = sqlx::query!(
        "update offer_versions set tries = 0, next_publish_at = now()
         where stored_at is null and published_at >= $1",
        since
    )
    .execute(connection)
    .await?;
    Ok(due.rows_affected())
}
