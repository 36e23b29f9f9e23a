//! Column `allowed_origins` of table `campaigns`, over all of them.

use sqlx::PgConnection;

use crate::error::Error;

/// Whether there is a campaign that allows this origin.
///
/// # Errors
/// What the database says.
pub async fn any_campaign_allows(connection: &mut PgConnection, origin: &str) -> Result<bool, Error> {
    let allows = sqlx::query_scalar!(
        r#"select exists(select from campaigns where $1 = any(allowed_origins)) as "allows!""#,
        origin
    )
    .fetch_one(connection)
    .await?;
    Ok(allows)
}
