//! A batch of events comes in: all their effects in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use telemetry::TraceParent;
use time::OffsetDateTime;

use crate::commands::erase_people::erase_people;
use crate::commands::queue_notifications::{Queued, queue_notifications};
use crate::domain::effect::{Effect, Erasure, ParkedRequest};
use crate::domain::notification::NewNotification;
use crate::domain::suppression::Decision;
use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{intake, suppressions};

/// What became of an event's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is durable, or was so before.
    Done,
    /// The event is older than the ledger's retention: nobody can say whether it was mailed before. Whoever owns the
    /// request was told that it is parked.
    TooOld,
}

/// Applies the effects; answers one [`Applied`] for each, in order. All of them or none.
///
/// # Errors
/// [`Error::Refused`] if a text of one of them holds what the database refuses; otherwise what the database says.
pub async fn apply_events(state: &State, effects: Vec<Effect>) -> Result<Vec<Applied>, Error> {
    let retention = state.rules.retention;
    #[cfg(feature = "broken")]
    let effects = with_other_event_ids(effects);
    let effects = Arc::new(effects);
    let work = Arc::clone(&effects);
    let began = Instant::now();
    let queued = state
        .database
        .transaction(move |connection| {
            Box::pin(async move { apply(connection, &Sorted::of(&work), retention).await })
        })
        .await?;
    report(state, &queued, &effects);
    trace(&effects, began.elapsed());
    let applied = |effect: &Effect| match effect {
        Effect::Owe(owed) if owed.iter().any(|one| queued.too_old.contains(&one.key.event_id)) => {
            Applied::TooOld
        }
        _ => Applied::Done,
    };
    Ok(effects.iter().map(applied).collect())
}

/// What a ledger would do that knows no event again.
#[cfg(feature = "broken")]
fn with_other_event_ids(mut effects: Vec<Effect>) -> Vec<Effect> {
    if broken::by(broken::Break::NoInbox) {
        for effect in &mut effects {
            let Effect::Owe(owed) = effect else { continue };
            owed.iter_mut()
                .for_each(|one| one.key.event_id = uuid::Uuid::now_v7());
        }
    }
    effects
}

/// The effects of a batch by their kind. Their order does not matter: each has its time.
struct Sorted<'a> {
    owed: Vec<&'a NewNotification>,
    /// In one order for all writers.
    decisions: Vec<&'a Decision>,
    /// The latest erasure of each person, in one order for all writers.
    erasures: BTreeMap<uuid::Uuid, &'a Erasure>,
    parked: Vec<&'a ParkedRequest>,
}

impl<'a> Sorted<'a> {
    fn of(effects: &'a [Effect]) -> Self {
        let mut sorted = Self {
            owed: Vec::new(),
            decisions: Vec::new(),
            erasures: BTreeMap::new(),
            parked: Vec::new(),
        };
        for effect in effects {
            match effect {
                Effect::Owe(owed) => sorted.owed.extend(owed),
                Effect::Suppress(decision) => sorted.decisions.push(decision),
                Effect::Erase(erasure) => sorted.erase(erasure),
                Effect::TellParked(request) => sorted.parked.push(request),
            }
        }
        sorted.decisions.sort_by_key(|decision| decision.place());
        sorted
    }

    fn erase(&mut self, erasure: &'a Erasure) {
        let latest = self.erasures.entry(erasure.person_id.0).or_insert(erasure);
        if erasure.erased_at >= latest.erased_at {
            *latest = erasure;
        }
    }
}

async fn apply(
    connection: &mut PgConnection,
    effects: &Sorted<'_>,
    retention: Duration,
) -> Result<Queued, Error> {
    let now = if effects.erasures.is_empty() {
        intake::share(connection).await?
    } else {
        intake::close(connection).await?
    };
    for decision in &effects.decisions {
        suppressions::decide(connection, decision).await?;
    }
    let erasures: Vec<&Erasure> = effects.erasures.values().copied().collect();
    erase_people(connection, &erasures, now).await?;
    tell_parked(connection, &effects.parked, now).await?;
    queue_notifications(connection, &effects.owed, now, retention).await
}

async fn tell_parked(
    connection: &mut PgConnection,
    parked: &[&ParkedRequest],
    now: OffsetDateTime,
) -> Result<(), Error> {
    let told: Vec<_> = parked
        .iter()
        .flat_map(|request| events::parked(request, now))
        .collect();
    Ok(outbox::append(connection, &told).await?)
}

/// After the commit: counts, and wakes who has something to do now.
fn report(state: &State, queued: &Queued, effects: &[Effect]) {
    queued
        .fresh
        .iter()
        .for_each(|purpose| state.metrics.owed(*purpose));
    state.metrics.repeated_events.inc_by(queued.repeated_events);
    let erased = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Erase(_)))
        .count();
    state
        .metrics
        .people_erased
        .inc_by(u64::try_from(erased).unwrap_or(u64::MAX));
    if !queued.fresh.is_empty() {
        state.senders.notify_one();
    }
    state.wake.notify();
}

/// A step in the trace of each request. Not a line of the log, unless somebody wants every detail.
fn trace(effects: &[Effect], took: Duration) {
    let duration_ms = took.as_secs_f64() * 1000.0;
    let owed = effects.iter().filter_map(|effect| match effect {
        Effect::Owe(owed) => owed.first(),
        _ => None,
    });
    for first in owed {
        let cause = || first.traceparent.as_deref().and_then(TraceParent::parse);
        tracing::debug!(
            trace_id = cause().map(|cause| cause.trace_id().to_string()),
            parent_id = cause().map(|cause| cause.span_id().to_string()),
            event_id = %first.key.event_id,
            duration_ms,
            "queued"
        );
    }
}
