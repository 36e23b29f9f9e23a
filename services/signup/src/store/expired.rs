//! What may be deleted because its time is over.

use sqlx::PgConnection;

use crate::error::Error;

/// Rows that one statement deletes at most, so that none takes long.
const STEP: i64 = 10_000;
/// Days that a request for a mail is kept for, after everything is known about it.
const MAIL_REQUEST_DAYS: i32 = 30;

/// Deletes idempotency keys older than 48 hours, budgets without a mail in the last 24 hours, and old mail requests.
/// Answers whether there may be more.
///
/// # Errors
/// What the database says.
pub async fn delete(connection: &mut PgConnection) -> Result<bool, Error> {
    let keys = sqlx::query!(
        "delete from idempotency_keys where ctid = any(array(
             select ctid from idempotency_keys where expires_at < now() limit $1 for update skip locked))",
        STEP
    )
    .execute(&mut *connection)
    .await?;
    let budgets = sqlx::query!(
        "delete from mail_budgets where ctid = any(array(
             select ctid from mail_budgets
             where not exists (select from unnest(sent_at) at
                               where at between now() - interval '24 hours' and now() + interval '24 hours')
             limit $1 for update skip locked))",
        STEP
    )
    .execute(&mut *connection)
    .await?;
    let requests = sqlx::query!(
        "delete from mail_requests where ctid = any(array(
             select ctid from mail_requests
             where delivery in ('done', 'over_budget') and asked_at < now() - make_interval(days => $2)
             limit $1 for update skip locked))",
        STEP,
        MAIL_REQUEST_DAYS
    )
    .execute(connection)
    .await?;
    let most = [keys, budgets, requests]
        .iter()
        .map(|deleted| deleted.rows_affected())
        .max();
    Ok(most == Some(STEP.unsigned_abs()))
}
