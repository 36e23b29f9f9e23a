//! Attempts have come to their ends: all of them in one transaction, with what there is to tell.

use std::collections::{BTreeSet, HashSet};

use contracts::notification::State as Progress;
use sqlx::{Connection, PgConnection};

use crate::domain::claim::Finished;
use crate::domain::notification::{NewNotification, NotificationId};
use crate::domain::suppression::Decision;
use crate::error::Error;
use crate::events;
use crate::store::notifications::{self, Entry};
use crate::store::{attempts, suppressions};

/// Writes outcomes, what follows from them, who is not mailed again, and what is owed in place of a mail that a team's
/// inbox refuses. Answers the mails whose lease was still held; the outcomes of the others are kept as history.
///
/// # Errors
/// What the database says. Whether it was written is not known then; to write it again changes nothing more.
pub async fn record_attempts(
    connection: &mut PgConnection,
    finished: &[Finished],
) -> Result<HashSet<NotificationId>, Error> {
    let mut transaction = connection.begin().await?;
    let recorded = attempts::record(&mut transaction, finished).await?;
    if let Some(at) = recorded.at {
        let held = |one: &&Finished| one.is_change() && recorded.held.contains(&one.claim.id);
        let changed: Vec<&Finished> = finished.iter().filter(held).collect();
        let told: Vec<_> = changed
            .iter()
            .filter_map(|one| events::attempted(one, recorded.feedback.get(&one.claim.id).copied(), at))
            .collect();
        outbox::append(&mut transaction, &told).await?;
        follow(&mut transaction, &changed).await?;
    }
    transaction.commit().await?;
    Ok(recorded.held)
}

async fn follow(connection: &mut PgConnection, changed: &[&Finished]) -> Result<(), Error> {
    // In one order for all writers.
    let lost: BTreeSet<_> = changed.iter().filter_map(|one| one.lost_recipient()).collect();
    for person in lost {
        suppressions::decide(connection, &Decision::refused(person)).await?;
    }
    let fallbacks: Vec<NewNotification> = changed.iter().filter_map(|one| one.fallback()).collect();
    if !fallbacks.is_empty() {
        let entries: Vec<_> = fallbacks.iter().map(entry).collect();
        notifications::insert(connection, &entries).await?;
    }
    Ok(())
}

fn entry(notification: &NewNotification) -> Entry<'_> {
    Entry {
        id: notification.key.id(),
        notification,
        state: Progress::Queued,
        inert: false,
    }
}
