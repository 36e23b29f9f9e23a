//! Table `idempotency_keys`.

use contracts::{Fingerprint, KeyHash};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// Takes a key for an enquiry that is about to be written: false if it is another's. Waits for another transaction that
/// is taking the same one.
pub async fn take(
    connection: &mut PgConnection,
    key: &KeyHash,
    fingerprint: &Fingerprint,
    enquiry: Uuid,
) -> Result<bool, Error> {
    let taken = sqlx::query!(
        "insert into idempotency_keys as known (key_hash, fingerprint, enquiry_id)
         values ($1, $2, $3)
         on conflict (key_hash) do update
            set fingerprint = excluded.fingerprint, enquiry_id = excluded.enquiry_id, created_at = now()
            where known.created_at < now() - interval '48 hours'",
        key.0.as_slice(),
        fingerprint.0.as_slice(),
        enquiry,
    )
    .execute(connection)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// The enquiry that a key stands for, if it came with this content.
///
/// # Errors
/// [`Error::IdempotencyKeyReused`] if it came with other content.
pub async fn enquiry(
    connection: &mut PgConnection,
    key: &KeyHash,
    fingerprint: &Fingerprint,
) -> Result<Uuid, Error> {
    let known = sqlx::query!(
        "select fingerprint, enquiry_id from idempotency_keys where key_hash = $1",
        key.0.as_slice()
    )
    .fetch_one(connection)
    .await?;
    if known.fingerprint == fingerprint.0 {
        Ok(known.enquiry_id)
    } else {
        Err(Error::IdempotencyKeyReused)
    }
}

/// Forgets keys that are older than 48 hours, at most `limit`.
pub async fn forget(connection: &mut PgConnection, limit: i64) -> Result<(), Error> {
    sqlx::query!(
        "delete from idempotency_keys where key_hash in (
            select key_hash from idempotency_keys
            where created_at < now() - interval '48 hours'
            limit $1 for update skip locked)",
        limit
    )
    .execute(connection)
    .await?;
    Ok(())
}
