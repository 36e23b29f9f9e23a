//! Table `mail_budgets`, for requests that do not go by the batch writer. The rule is the same as in
//! `queries/write_signups.sql`: one mail in 10 minutes and three in 24 hours.

use contracts::BudgetKey;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// Takes one mail from the budget. False if it is used up.
///
/// # Errors
/// What the database says.
pub async fn take(connection: &mut PgConnection, key: BudgetKey, request: Uuid) -> Result<bool, Error> {
    let granted = sqlx::query_file_scalar!("src/store/queries/take_mail_budget.sql", key.0, request)
        .fetch_optional(connection)
        .await?;
    Ok(granted.is_some())
}

/// Forgets what these mailboxes were mailed.
///
/// # Errors
/// What the database says.
pub async fn erase(connection: &mut PgConnection, keys: &[BudgetKey]) -> Result<(), Error> {
    let mut keys: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
    keys.sort_unstable();
    sqlx::query!(
        "delete from mail_budgets where limit_key in
             (select limit_key from mail_budgets where limit_key = any($1) order by limit_key for update)",
        &keys
    )
    .execute(connection)
    .await?;
    Ok(())
}
