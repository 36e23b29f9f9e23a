//! Table `downloads`, and the file that a link leads to.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::fetcher::Fetcher;
use crate::error::Error;

/// The newest file of the offer that a signup asked for, and what the signup came by.
#[derive(Debug)]
pub struct NewestFile {
    pub name: String,
    pub media_type: String,
    pub sha256: Vec<u8>,
    pub bytes: Vec<u8>,
    pub campaign: String,
    pub channel: String,
    /// The time now, by the database's clock.
    pub now: OffsetDateTime,
}

/// Finds the file of a signup that was not erased.
///
/// # Errors
/// What the database says.
pub async fn find_file(connection: &mut PgConnection, signup: Uuid) -> Result<Option<NewestFile>, Error> {
    let found = sqlx::query_as!(
        NewestFile,
        r#"select v.file_name as name, v.media_type, f.sha256, f.bytes, s.campaign, c.channel, now() as "now!"
           from signups s
           join offers o on o.slug = s.offer
           join offer_versions v on v.offer = o.slug and v.version = o.current_version
           join files f on f.sha256 = v.file_sha256
           join campaigns c on c.slug = s.campaign
           where s.id = $1"#,
        signup
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// Notes a fetch, unless the signup is erased just now.
///
/// # Errors
/// What the database says.
pub async fn record(connection: &mut PgConnection, signup: Uuid, fetcher: Fetcher) -> Result<(), Error> {
    sqlx::query!(
        "insert into downloads (signup_id, fetcher) select id, $2 from signups where id = $1 for key share",
        signup,
        fetcher.as_str()
    )
    .execute(connection)
    .await?;
    Ok(())
}
