//! Looking into the ledger.

use crate::domain::ledger::{Filter, Position};
use crate::domain::notification::Standing;
use crate::error::Error;
use crate::state::State;
use crate::store::ledger;

/// A page of the ledger, newest events first.
///
/// # Errors
/// What the database says.
pub async fn list_notifications(
    state: &State,
    filter: Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Standing>, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { Ok(ledger::page(connection, &filter, after, limit).await?) })
        })
        .await
}
