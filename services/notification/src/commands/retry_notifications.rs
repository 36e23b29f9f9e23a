//! An operator has mended something: what failed, or waits for its next try, goes out now.

use contracts::notification::State as Progress;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::domain::ledger::{Change, Work};
use crate::domain::notification::{NotificationId, Standing};
use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{intake, ledger};

/// At most so many are queued in one transaction.
const AT_ONCE: i64 = 500;
/// A dry run counts no further.
const COUNTED: i64 = 10_000;

/// Tries one notification again: one that has failed as if it were new, one that waits for its next try at once.
///
/// # Errors
/// What the database says.
pub async fn retry_notification(state: &State, id: NotificationId) -> Result<Change, Error> {
    let change = state
        .database
        .transaction(move |connection| Box::pin(async move { retry(connection, id).await }))
        .await?;
    if change == Change::Done {
        state.senders.notify_one();
        state.wake.notify();
    }
    Ok(change)
}

/// Tries again what has failed since then because of relays' faults. Answers how many.
///
/// # Errors
/// What the database says. What was queued before that stays queued.
pub async fn retry_failed(state: &State, since: OffsetDateTime) -> Result<u64, Error> {
    let mut retried = 0;
    loop {
        let queued = state
            .database
            .transaction(move |connection| Box::pin(async move { retry_some(connection, since).await }))
            .await?;
        if queued == 0 {
            return Ok(retried);
        }
        retried += queued;
        state.senders.notify_one();
        state.wake.notify();
    }
}

/// How many [`retry_failed`] would try again, up to 10 000.
///
/// # Errors
/// What the database says.
pub async fn count_failed(state: &State, since: OffsetDateTime) -> Result<u64, Error> {
    let failed = state
        .database
        .transaction(move |connection| {
            Box::pin(async move { Ok(ledger::failed_by_relays(connection, since, COUNTED).await?) })
        })
        .await?;
    Ok(failed.len() as u64)
}

async fn retry(connection: &mut PgConnection, id: NotificationId) -> Result<Change, Error> {
    let work = ledger::lock_work(connection, id).await?;
    let Some(standing) = ledger::lock(connection, id).await? else {
        return Ok(Change::Unknown);
    };
    match standing.state {
        Progress::Failed => {
            let queued = ledger::queue_again(connection, &[id.0]).await?;
            tell(connection, &queued).await?;
            Ok(if queued.is_empty() {
                Change::Forgotten
            } else {
                Change::Done
            })
        }
        Progress::Queued => match work {
            Work::Due => {
                ledger::hurry(connection, id).await?;
                Ok(Change::Done)
            }
            Work::UnderWay | Work::None => Ok(Change::UnderWay),
        },
        state => Ok(Change::NotIn(state)),
    }
}

async fn retry_some(connection: &mut PgConnection, since: OffsetDateTime) -> Result<u64, Error> {
    let failed = ledger::failed_by_relays(connection, since, AT_ONCE).await?;
    let queued = ledger::queue_again(connection, &failed).await?;
    tell(connection, &queued).await?;
    Ok(queued.len() as u64)
}

/// Whoever owns the request hears that it is on its way again.
pub(super) async fn tell(connection: &mut PgConnection, changed: &[Standing]) -> Result<(), Error> {
    let now = intake::share(connection).await?;
    let told: Vec<_> = changed
        .iter()
        .filter_map(|standing| events::stands(standing, now))
        .collect();
    Ok(outbox::append(connection, &told).await?)
}
