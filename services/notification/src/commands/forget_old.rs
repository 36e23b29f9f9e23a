//! What the ledger need not know any more is deleted.

use std::time::Duration;

use sqlx::PgConnection;

use crate::domain::bounce_report::SOFT_DAYS;
use crate::error::Error;
use crate::state::State;
use crate::store::{bounces, feedback, file_chunks, notifications};

/// Rows deleted in one transaction.
const STEP: i64 = 1_000;
/// Rows stay this much longer than events are taken: the clocks of two services need not agree.
const MARGIN_DAYS: u64 = 1;
/// A file that has not become whole after this time will not: its chunks are published again with its manifest.
const ORPHAN_DAYS: i32 = 7;
/// Mail systems go on trying for four or five days (RFC 5321 §4.5.4.1): then a team's mail has not come back.
const TEAM_TEXT_DAYS: i32 = 7;
const DAY: u64 = 24 * 3600;

/// Deletes settled notifications older than the retention with their attempts, what came back of them, texts of mails to
/// teams that nobody will send back, and rests of files. Answers how many notifications.
///
/// # Errors
/// What the database says.
pub async fn forget_old(state: &State) -> Result<u64, Error> {
    let days = days(state.rules.retention);
    let mut forgotten = 0;
    loop {
        let (notifications, bounces) = state
            .database
            .transaction(move |connection| Box::pin(async move { forget_step(connection, days).await }))
            .await?;
        forgotten += notifications;
        if notifications + bounces == 0 {
            break;
        }
    }
    state
        .database
        .transaction(|connection| {
            Box::pin(async move {
                feedback::forget_texts_of_teams(connection, TEAM_TEXT_DAYS).await?;
                Ok(file_chunks::delete_orphans(connection, ORPHAN_DAYS).await?)
            })
        })
        .await?;
    Ok(forgotten)
}

/// How many notifications, and how many bounces.
async fn forget_step(connection: &mut PgConnection, days: i32) -> Result<(u64, u64), Error> {
    let notifications = notifications::delete_old(connection, days, STEP).await?;
    let bounces = bounces::delete_old(connection, days.max(SOFT_DAYS + 1), STEP).await?;
    Ok((notifications, bounces))
}

fn days(retention: Duration) -> i32 {
    i32::try_from(retention.as_secs().div_ceil(DAY) + MARGIN_DAYS).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_remembers_longer_than_events_are_taken() {
        assert_eq!(days(Duration::from_secs(30 * DAY)), 31);
        assert_eq!(days(Duration::from_secs(1)), 2);
    }
}
