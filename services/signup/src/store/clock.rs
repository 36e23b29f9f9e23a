//! The clock that all replicas share.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::Error;

/// The time now, or when the transaction began.
///
/// # Errors
/// What the database says.
pub async fn now(connection: &mut PgConnection) -> Result<OffsetDateTime, Error> {
    Ok(sqlx::query_scalar!(r#"select now() as "now!""#)
        .fetch_one(connection)
        .await?)
}
