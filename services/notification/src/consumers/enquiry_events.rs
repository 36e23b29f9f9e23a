//! `enquiry.events`: questions, owed to a team and, where the budget allows, acknowledged to the visitor.

use contracts::EventHeaders;
use contracts::enquiry::EnquiryAccepted;
use contracts::notification::Purpose;
use kafka::Received;

use super::{Reading, data, key};
use crate::domain::content::{Ack, Content, Team};
use crate::domain::effect::Effect;
use crate::domain::notification::NewNotification;

/// What one event is to us.
pub(super) fn read(headers: &EventHeaders, record: &Received) -> Reading {
    match data::<EnquiryAccepted>(headers, record, &[Purpose::Team]) {
        Ok(Some(accepted)) => Reading::of(Effect::Owe(owed(headers, accepted))),
        Ok(None) => Reading::SKIPPED,
        Err(reading) => *reading,
    }
}

fn owed(headers: &EventHeaders, accepted: EnquiryAccepted) -> Vec<NewNotification> {
    let ack = accepted.acknowledge.then(|| ack(headers, &accepted));
    let team = team(headers, accepted);
    std::iter::once(team).chain(ack).collect()
}

fn ack(headers: &EventHeaders, accepted: &EnquiryAccepted) -> NewNotification {
    NewNotification {
        key: key(headers, Purpose::Ack),
        request_id: accepted.enquiry_id,
        person_id: accepted.person_id,
        event_time: headers.time,
        traceparent: headers.traceparent.clone(),
        to: accepted.email.clone(),
        content: Content::Ack(Ack {
            reference: accepted.reference.clone(),
            topic: accepted.topic.title.clone(),
            team: accepted.team.name.clone(),
        }),
        offer: None,
    }
}

fn team(headers: &EventHeaders, accepted: EnquiryAccepted) -> NewNotification {
    NewNotification {
        key: key(headers, Purpose::Team),
        request_id: accepted.enquiry_id,
        person_id: accepted.person_id,
        event_time: headers.time,
        traceparent: headers.traceparent.clone(),
        to: accepted.team.inbox,
        content: Content::Team(Team {
            reference: accepted.reference,
            topic: accepted.topic.title,
            team: accepted.team.name,
            rule: accepted.rule,
            campaign: accepted.campaign,
            visitor: accepted.email,
            name: accepted.name,
            message: accepted.message,
            fallback_inbox: accepted.fallback_inbox,
        }),
        offer: None,
    }
}
