//! An operator does not wait for the turn of what nobody has answered: Kafka, or a consumer's place in it, was lost.

use time::OffsetDateTime;

use crate::error::Error;
use crate::state::State;
use crate::store::republishing;

/// How many enquiries whose events are of this time or later have mails without an end.
///
/// # Errors
/// What the database says.
pub async fn count_unanswered(state: &State, since: OffsetDateTime) -> Result<u64, Error> {
    let count = state
        .database
        .transaction(move |connection| Box::pin(republishing::count_unanswered(connection, since)))
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Makes them due at once, stuck ones too, for the task of a service that runs; returns how many were not.
///
/// # Errors
/// What the database says.
pub async fn republish_unanswered(state: &State, since: OffsetDateTime) -> Result<u64, Error> {
    state
        .database
        .transaction(move |connection| Box::pin(republishing::make_due(connection, since)))
        .await
}
