//! Attempts have come to their ends: all of them in one transaction, with what there is to tell.

use std::collections::HashSet;

use contracts::notification::State as Progress;
use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;

use crate::domain::claim::Finished;
use crate::domain::notification::{NewNotification, NotificationId};
use crate::error::Error;
use crate::events;
use crate::store::attempts;
use crate::store::notifications::{self, Entry};

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
    let recorded = attempts::record(&mut transaction, finished).await?;
    if let Some(at) = recorded.at {
        let held = |one: &&Finished| one.is_change() && recorded.held.contains(&one.claim.id);
        let changed: Vec<&Finished> = finished.iter().filter(held).collect();
        tell(&mut transaction, &changed, at).await?;
    }
    transaction.commit().await?;
    Ok(recorded.held)
}

async fn tell(connection: &mut PgConnection, changed: &[&Finished], at: OffsetDateTime) -> Result<(), Error> {
    let told: Vec<_> = changed
        .iter()
        .filter_map(|one| events::attempted(one, at))
        .collect();
    outbox::append(connection, &told).await?;
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
