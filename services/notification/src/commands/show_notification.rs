//! An operator looks at one notification: what was tried, and what came of it.

use crate::domain::ledger::Shown;
use crate::domain::notification::NotificationId;
use crate::error::Error;
use crate::state::State;
use crate::store::ledger;

/// The notification with its attempts, if there is one.
///
/// # Errors
/// What the database says.
pub async fn show_notification(state: &State, id: NotificationId) -> Result<Option<Shown>, Error> {
    state
        .database
        .transaction(move |connection| Box::pin(async move { Ok(ledger::find(connection, id).await?) }))
        .await
}
