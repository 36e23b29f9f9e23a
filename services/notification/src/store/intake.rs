//! The gate between what comes in and what changes the rules for it.
//!
//! A batch of events asks which people are erased and which offers are here, and writes accordingly. An erasure or a new
//! offer that commits in between would be missed by it, and its rows by them. So batches share an advisory lock, and
//! what changes the answers takes it alone, for the milliseconds of its transaction.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// Any number that no other advisory lock of this database uses (sqlx's migrator and the publisher have others).
const GATE: i64 = 0x6e6f_7469_6679_0001;

/// Holds the gate open, with others, until the end of the transaction. Answers the time by the database's clock: ours
/// may be wrong by years, and would then judge events by it.
///
/// # Errors
/// If another transaction keeps it closed for longer than the lock timeout.
pub async fn share(connection: &mut PgConnection) -> Result<OffsetDateTime, sqlx::Error> {
    let now = sqlx::query_scalar!(
        r#"select now() as "now!" from pg_advisory_xact_lock_shared($1)"#,
        GATE
    );
    now.fetch_one(connection).await
}

/// Closes the gate until the end of the transaction. Answers the time by the database's clock.
///
/// # Errors
/// If batches keep it open for longer than the lock timeout.
pub async fn close(connection: &mut PgConnection) -> Result<OffsetDateTime, sqlx::Error> {
    let now = sqlx::query_scalar!(r#"select now() as "now!" from pg_advisory_xact_lock($1)"#, GATE);
    now.fetch_one(connection).await
}
