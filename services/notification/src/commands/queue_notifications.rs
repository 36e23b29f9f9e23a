//! Events owe mails: they come into the ledger once, however often their events come.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use contracts::notification::{Purpose, State};
use contracts::offer::OfferVersion;
use contracts::{Event, PersonId, Source};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::effect::ParkedRequest;
use crate::domain::notification::{NewNotification, NotificationId};
use crate::error::Error;
use crate::events;
use crate::store::notifications::{self, Entry};
use crate::store::{erased_people, offers};

/// What a batch did to the ledger.
#[derive(Debug, Default)]
pub(crate) struct Queued {
    /// What the new rows are for.
    pub(crate) fresh: Vec<Purpose>,
    /// Events that the ledger knew.
    pub(crate) repeated_events: u64,
    /// Events that are too old to know.
    pub(crate) too_old: HashSet<Uuid>,
}

/// Writes what is owed and new, and tells how everything else of these events stands. The intake must be shared.
///
/// # Errors
/// What the database says.
pub(crate) async fn queue_notifications(
    connection: &mut PgConnection,
    owed: &[&NewNotification],
    now: OffsetDateTime,
    retention: Duration,
) -> Result<Queued, Error> {
    if owed.is_empty() {
        return Ok(Queued::default());
    }
    let (known, too_old): (Vec<_>, Vec<_>) = owed
        .iter()
        .copied()
        .partition(|one| one.event_time >= now - retention);
    let entries = entries(connection, &known).await?;
    let fresh = notifications::insert(connection, &entries).await?;
    let repeated = repeated_events(&entries, &fresh);
    let mut told = standings(connection, &entries, &fresh, &repeated, now).await?;
    told.extend(
        too_old
            .iter()
            .flat_map(|one| events::parked(&as_parked(one), now)),
    );
    outbox::append(connection, &told).await?;
    Ok(Queued {
        fresh: fresh_purposes(&entries, &fresh),
        repeated_events: u64::try_from(repeated.len()).unwrap_or(u64::MAX),
        too_old: too_old.iter().map(|one| one.key.event_id).collect(),
    })
}

/// Decides how each would begin in the ledger.
async fn entries<'a>(
    connection: &mut PgConnection,
    owed: &[&'a NewNotification],
) -> Result<Vec<Entry<'a>>, Error> {
    let people: Vec<Uuid> = owed.iter().map(|one| one.person_id.0).collect();
    let erased = erased_people::among(connection, &people).await?;
    let wanted: HashSet<&OfferVersion> = owed.iter().filter_map(|one| one.offer.as_ref()).collect();
    let here = offers::among(connection, &wanted).await?;
    Ok(owed.iter().map(|one| entry(one, &erased, &here)).collect())
}

fn entry<'a>(
    notification: &'a NewNotification,
    erased: &HashMap<PersonId, OffsetDateTime>,
    here: &HashSet<OfferVersion>,
) -> Entry<'a> {
    let erased_at = erased.get(&notification.person_id);
    let inert = erased_at.is_some_and(|at| notification.event_time <= *at);
    let state = match &notification.offer {
        _ if inert => State::Suppressed,
        Some(offer) if !here.contains(offer) => State::WaitingForOffer,
        _ => State::Queued,
    };
    Entry {
        id: notification.key.id(),
        notification,
        state,
        inert,
    }
}

fn repeated_events(entries: &[Entry<'_>], fresh: &HashSet<NotificationId>) -> HashSet<(Source, Uuid)> {
    entries
        .iter()
        .filter(|entry| !fresh.contains(&entry.id))
        .map(event_of)
        .collect()
}

fn event_of(entry: &Entry<'_>) -> (Source, Uuid) {
    (entry.notification.key.source, entry.notification.key.event_id)
}

/// Whoever asked again hears how it stands; whoever asked first hears only of an offer that is awaited, because
/// what else there is to tell comes with the first attempt.
async fn standings(
    connection: &mut PgConnection,
    entries: &[Entry<'_>],
    fresh: &HashSet<NotificationId>,
    repeated: &HashSet<(Source, Uuid)>,
    now: OffsetDateTime,
) -> Result<Vec<Event>, Error> {
    let waiting = entries
        .iter()
        .filter(|entry| entry.state == State::WaitingForOffer && fresh.contains(&entry.id))
        .map(event_of);
    let asked: HashSet<_> = repeated.iter().copied().chain(waiting).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let standings = notifications::of_events(connection, &asked).await?;
    Ok(standings
        .iter()
        .filter_map(|standing| events::stands(standing, now))
        .collect())
}

fn fresh_purposes(entries: &[Entry<'_>], fresh: &HashSet<NotificationId>) -> Vec<Purpose> {
    let new = entries
        .iter()
        .filter(|entry| !entry.inert && fresh.contains(&entry.id));
    let new: HashMap<NotificationId, Purpose> = new
        .map(|entry| (entry.id, entry.notification.key.purpose))
        .collect();
    new.into_values().collect()
}

fn as_parked(notification: &NewNotification) -> ParkedRequest {
    ParkedRequest {
        request_id: notification.request_id,
        event_id: notification.key.event_id,
        purposes: vec![notification.key.purpose],
        traceparent: notification.traceparent.clone(),
    }
}
