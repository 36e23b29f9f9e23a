//! How much is left to do, for the metrics.

use crate::error::Error;
use crate::state::State;
use crate::store::due_notifications;

/// Counts what is due and what waits, and sets the metrics.
///
/// # Errors
/// What the database says.
pub async fn measure_backlog(state: &State) -> Result<(), Error> {
    let backlog = state
        .database
        .transaction(|connection| Box::pin(async move { Ok(due_notifications::backlog(connection).await?) }))
        .await?;
    state.metrics.backlog(&backlog);
    Ok(())
}
