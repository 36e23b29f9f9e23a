//! An operator does not wait for the turn of what nobody has answered: Kafka, or a consumer's place in it, was lost.

use time::OffsetDateTime;

use crate::error::Error;
use crate::state::State;
use crate::store::{erased_people, offers, requests};

/// Rows of one transaction: fewer than a statement may take time for.
const BATCH: i64 = 10_000;

/// What was told at some time or later, and has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered {
    /// Signups, and requests for links or one's own data.
    pub requests: u64,
    pub erasures: u64,
    pub offers: u64,
}

/// Counts it.
///
/// # Errors
/// The database is not available.
pub async fn count_unanswered(state: &State, since: OffsetDateTime) -> Result<Unanswered, Error> {
    let counts = state.background.transaction(move |connection| {
        Box::pin(async move {
            Ok([
                requests::count_unanswered(connection, since).await?,
                erased_people::count_unconfirmed_since(connection, since).await?,
                offers::count_unconfirmed_since(connection, since).await?,
            ])
        })
    });
    let [requests, erasures, offers] = counts.await?.map(|count| u64::try_from(count).unwrap_or(0));
    Ok(Unanswered {
        requests,
        erasures,
        offers,
    })
}

/// Makes all of it due at once, stuck requests too, for the tasks of a service that runs. Answers how many were not.
///
/// # Errors
/// The database is not available; what was made due before stays so.
pub async fn republish_unanswered(state: &State, since: OffsetDateTime) -> Result<u64, Error> {
    let few = state.background.transaction(move |connection| {
        Box::pin(async move {
            let erasures = erased_people::make_due(connection, since).await?;
            Ok(erasures + offers::make_due(connection, since).await?)
        })
    });
    let mut due = few.await?;
    loop {
        let batch = state
            .background
            .transaction(move |connection| Box::pin(requests::make_due(connection, since, BATCH)))
            .await?;
        due += batch;
        if batch < BATCH.unsigned_abs() {
            return Ok(due);
        }
    }
}
