//! Table `waiting_notifications`: deliveries whose offer version has not arrived.

use contracts::offer::OfferVersion;
use sqlx::PgConnection;

/// Makes at most `limit` deliveries of a version due. Answers how many it were.
///
/// # Errors
/// If the database is out of reach.
pub async fn release(
    connection: &mut PgConnection,
    offer: &OfferVersion,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let released = sqlx::query_file!(
        "src/store/queries/release_waiting.sql",
        offer.slug.as_str(),
        offer.version,
        limit
    )
    .execute(connection)
    .await?;
    Ok(released.rows_affected())
}
