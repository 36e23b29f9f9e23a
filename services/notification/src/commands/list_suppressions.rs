//! An operator looks at who must not be mailed.

use crate::domain::suppression::{Suppression, SuppressionPosition};
use crate::error::Error;
use crate::state::State;
use crate::store::suppressions;

/// The suppressions that hold, in the order of their person ids, after this one.
///
/// # Errors
/// What the database says.
pub async fn list_suppressions(
    state: &State,
    after: Option<SuppressionPosition>,
    limit: i64,
) -> Result<Vec<Suppression>, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { Ok(suppressions::page(connection, after, limit).await?) })
        })
        .await
}
