//! What this service tells the world.

use contracts::notification::{ErasureConfirmed, Feedback, OfferStored, Purpose, State, StateChanged};
use contracts::offer::OfferVersion;
use contracts::{Event, PersonId};
use telemetry::TraceParent;
use time::OffsetDateTime;

use crate::domain::claim::Finished;
use crate::domain::effect::{Erasure, ParkedRequest};
use crate::domain::notification::Standing;

/// How a notification stands, for whoever asked again. `None` if its person is erased.
#[must_use]
pub fn stands(standing: &Standing, at: OffsetDateTime) -> Option<Event> {
    let payload = StateChanged {
        request_id: standing.request_id?,
        event_id: standing.key.event_id,
        purpose: standing.key.purpose,
        recipient: standing.key.recipient,
        revision: standing.revision,
        state: standing.state,
        reply_code: standing.reply_code,
        feedback: standing.feedback,
        at,
    };
    Some(state_changed(
        &payload,
        standing.person_id,
        standing.traceparent.as_deref(),
    ))
}

/// What an attempt changed, and what came back of the mail already. `None` if it changed nothing that anybody waits for.
#[must_use]
pub fn attempted(finished: &Finished, feedback: Option<Feedback>, at: OffsetDateTime) -> Option<Event> {
    let claim = &finished.claim;
    let payload = StateChanged {
        request_id: claim.request_id?,
        event_id: claim.key.event_id,
        purpose: claim.key.purpose,
        recipient: claim.key.recipient,
        revision: finished.revision(),
        state: finished.state(),
        reply_code: finished.outcome.reply().map(|reply| reply.code),
        feedback,
        at,
    };
    finished
        .is_change()
        .then(|| state_changed(&payload, claim.person_id, claim.traceparent.as_deref()))
}

/// The event of a request was set aside. Revision 0: whatever the ledger says, then or later, is newer.
#[must_use]
pub fn parked(request: &ParkedRequest, at: OffsetDateTime) -> Vec<Event> {
    let parked = |purpose: &Purpose| {
        let payload = StateChanged {
            request_id: request.request_id,
            event_id: request.event_id,
            purpose: *purpose,
            recipient: 0,
            revision: 0,
            state: State::Parked,
            reply_code: None,
            feedback: None,
            at,
        };
        state_changed(&payload, None, request.traceparent.as_deref())
    };
    request.purposes.iter().map(parked).collect()
}

/// This offer version can be mailed.
#[must_use]
pub fn offer_stored(offer: &OfferVersion, traceparent: Option<&str>, at: OffsetDateTime) -> Event {
    let payload = OfferStored { offer: offer.clone() };
    Event::new(&offer.slug, at, &payload).traced(next_step(traceparent))
}

/// Nothing is left of this person here.
#[must_use]
pub fn erasure_confirmed(erasure: &Erasure, at: OffsetDateTime) -> Event {
    let payload = ErasureConfirmed {
        person_id: erasure.person_id,
        erased_at: erasure.erased_at,
    };
    Event::new(erasure.person_id, at, &payload).traced(next_step(erasure.traceparent.as_deref()))
}

fn state_changed(payload: &StateChanged, person: Option<PersonId>, traceparent: Option<&str>) -> Event {
    let event = Event::new(payload.request_id, payload.at, payload).traced(next_step(traceparent));
    match person {
        Some(person) => event.about(person),
        None => event,
    }
}

/// The trace goes on with a step of its own.
fn next_step(traceparent: Option<&str>) -> Option<String> {
    traceparent
        .and_then(TraceParent::parse)
        .map(|step| step.child().to_string())
}
