//! Attempts have come to their ends: all of them in one transaction, with what there is to tell.

use std::collections::HashSet;

use contracts::notification::State as Progress;
use sqlx::{Connection, PgConnection};

use crate::domain::claim::Finished;
use crate::domain::notification::{NewNotification, NotificationId};
use crate::error::Error;
use crate::events;
use crate::store::notifications::{self, Entry};
use crate::store::{attempts, intake};

/// Writes outcomes, what follows from them, and what is owed in place of a mail that a team's inbox refuses. Answers
/// the mails whose lease was still held; the outcomes of the others are kept as history.
///
/// # Errors
/// What the database says. Whether it was written is not known then; to write it again changes nothing more.
pub async fn record_attempts(
    connection: &mut PgConnection,
    finished: &[Finished],
) -> Result<HashSet<NotificationId>, Error> {
    let mut transaction = connection.begin().await?;
    let held = attempts::record(&mut transaction, finished).await?;
    let told: Vec<&Finished> = finished
        .iter()
        .filter(|one| one.is_change() && held.contains(&one.claim.id))
        .collect();
    if !told.is_empty() {
        tell(&mut transaction, &told).await?;
    }
    transaction.commit().await?;
    Ok(held)
}

async fn tell(connection: &mut PgConnection, told: &[&Finished]) -> Result<(), Error> {
    let now = intake::now(connection).await?;
    let told_events: Vec<_> = told
        .iter()
        .filter_map(|one| events::attempted(one, now))
        .collect();
    outbox::append(connection, &told_events).await?;
    let fallbacks: Vec<NewNotification> = told.iter().filter_map(|one| one.fallback()).collect();
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
