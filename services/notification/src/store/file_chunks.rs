//! Table `file_chunks`: files, as the pieces that they came in.

use futures_util::TryStreamExt;
use sqlx::PgConnection;

/// Writes a chunk. One that came before is replaced, at no cost if it was the same: the sum of the file decides later.
///
/// # Errors
/// If the database is out of reach.
pub async fn put(
    connection: &mut PgConnection,
    sha256: &str,
    chunk: i32,
    bytes: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into file_chunks as c (sha256, chunk, bytes) values ($1, $2, $3)
         on conflict (sha256, chunk) do update
         set bytes = case when c.bytes = excluded.bytes then c.bytes else excluded.bytes end, received_at = now()",
        sha256,
        chunk,
        bytes
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Reads a file, chunk by chunk in order: one of them is in memory at a time.
///
/// # Errors
/// If the database is out of reach.
pub async fn read(
    connection: &mut PgConnection,
    sha256: &str,
    mut each: impl FnMut(&[u8]),
) -> Result<(), sqlx::Error> {
    let mut rows = sqlx::query_scalar!(
        "select bytes from file_chunks where sha256 = $1 order by chunk",
        sha256
    )
    .fetch(connection);
    while let Some(bytes) = rows.try_next().await? {
        each(&bytes);
    }
    Ok(())
}

/// Deletes chunks that came so long ago and that no offer names: rests of a file that never became whole. Answers
/// how many.
///
/// # Errors
/// If the database is out of reach.
pub async fn delete_orphans(connection: &mut PgConnection, older_than_days: i32) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from file_chunks c
         where c.received_at < now() - make_interval(days => $1)
           and not exists (select from offers o where o.sha256 = c.sha256)",
        older_than_days
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
