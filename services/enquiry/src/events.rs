//! What this service tells the world.

use contracts::enquiry::{EnquiryAccepted, ErasureConfirmed};
use contracts::{Event, Payload, PersonId, envelope};
use time::OffsetDateTime;

use crate::domain::enquiry::{Accepted, Told};

/// A visitor asked a question; `acknowledge` says whether the visitor is owed a mail, too.
#[must_use]
pub fn accepted(accepted: &Accepted, acknowledge: bool) -> Event {
    let enquiry = &accepted.enquiry;
    let payload = EnquiryAccepted {
        enquiry_id: accepted.id,
        reference: accepted.reference.to_string(),
        person_id: accepted.person,
        email: enquiry.email.clone(),
        name: enquiry.name.clone(),
        topic: enquiry.topic.clone(),
        message: enquiry.message.clone(),
        campaign: enquiry.campaign.clone(),
        team: accepted.team.clone(),
        rule: accepted.rule.clone(),
        fallback_inbox: accepted.fallback_inbox.clone(),
        acknowledge,
        accepted_at: accepted.at,
    };
    Event::new(accepted.id, accepted.at, &payload)
        .about(accepted.person)
        .traced(Some(accepted.trace.to_string()))
}

/// The same event again.
#[must_use]
pub fn again(told: Told) -> Event {
    Event {
        id: told.event_id,
        source: EnquiryAccepted::SOURCE,
        event_type: told.event_type,
        time: told.event_time,
        topic: EnquiryAccepted::TOPIC.to_owned(),
        key: told.enquiry_id.to_string(),
        content_type: envelope::JSON.to_owned(),
        traceparent: told.traceparent,
        person: Some(told.person),
        payload: Some(told.payload.into_bytes()),
    }
}

/// Nothing of this person is left here. It names nobody, so an erasure leaves it in the outbox.
#[must_use]
pub fn erasure_confirmed(person_id: PersonId, erased_at: OffsetDateTime, now: OffsetDateTime) -> Event {
    let payload = ErasureConfirmed { person_id, erased_at };
    Event::new(person_id, now, &payload)
}
