//! An operator does not want a mail to go out.

use contracts::notification::State as Progress;
use sqlx::PgConnection;

use crate::commands::retry_notifications::tell;
use crate::domain::ledger::{Change, Work};
use crate::domain::notification::NotificationId;
use crate::error::Error;
use crate::state::State;
use crate::store::ledger;

/// Takes a mail that was not sent yet off the queue. It counts as suppressed: owed, and not mailed on purpose.
///
/// # Errors
/// What the database says.
pub async fn cancel_notification(state: &State, id: NotificationId) -> Result<Change, Error> {
    let change = state
        .database
        .transaction(move |connection| Box::pin(async move { cancel(connection, id).await }))
        .await?;
    state.wake.notify();
    Ok(change)
}

async fn cancel(connection: &mut PgConnection, id: NotificationId) -> Result<Change, Error> {
    let work = ledger::lock_work(connection, id).await?;
    let Some(standing) = ledger::lock(connection, id).await? else {
        return Ok(Change::Unknown);
    };
    if !matches!(standing.state, Progress::Queued | Progress::WaitingForOffer) {
        return Ok(Change::NotIn(standing.state));
    }
    if work == Work::UnderWay {
        return Ok(Change::UnderWay);
    }
    let cancelled = ledger::cancel(connection, id).await?;
    tell(connection, &Vec::from_iter(cancelled)).await?;
    Ok(Change::Done)
}
