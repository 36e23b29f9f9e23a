//! Table `mail_budgets`.

use contracts::BudgetKey;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// Whether the mailbox may get one more acknowledgement, for this enquiry: one in 10 minutes and three in 24 hours.
/// Decided on the row itself, so that two replicas cannot grant the same one.
pub async fn take(connection: &mut PgConnection, key: BudgetKey, enquiry: Uuid) -> Result<bool, Error> {
    let granted = sqlx::query_file_scalar!("src/store/queries/take_mail_budget.sql", key.0, enquiry)
        .fetch_optional(connection)
        .await?;
    Ok(granted.is_some())
}

/// Deletes the budgets whose last acknowledgement was granted to one of these enquiries.
pub async fn erase(connection: &mut PgConnection, enquiries: &[Uuid]) -> Result<(), Error> {
    sqlx::query!("delete from mail_budgets where granted_to = any($1)", enquiries)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets mailboxes that got nothing for 24 hours, at most `limit`.
pub async fn forget(connection: &mut PgConnection, limit: i64) -> Result<(), Error> {
    sqlx::query!(
        "delete from mail_budgets where limit_key in (
            select limit_key from mail_budgets
            where not exists (select from unnest(sent_at) at
                              where at between now() - interval '24 hours' and now() + interval '24 hours')
            limit $1 for update skip locked)",
        limit
    )
    .execute(connection)
    .await?;
    Ok(())
}
