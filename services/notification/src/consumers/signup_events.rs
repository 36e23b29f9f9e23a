//! `signup.events`: mails that leads asked for, decisions about mails, erasures.

use contracts::EventHeaders;
use contracts::notification::Purpose;
use contracts::signup::{
    LinksRequested, MyDataRequested, PersonErased, SignupAccepted, Unsubscribed, UpdatesConfirmed,
};
use kafka::Received;

use super::{Reading, data, key};
use crate::domain::content::{Content, Delivery, Links, MyData};
use crate::domain::effect::{Effect, Erasure};
use crate::domain::notification::NewNotification;
use crate::domain::suppression::Decision;

/// What one event is to us.
pub(super) fn read(headers: &EventHeaders, record: &Received) -> Reading {
    match read_request(headers, record)
        .transpose()
        .or_else(|| read_decision(headers, record).transpose())
    {
        Some(Ok(effect)) => Reading::of(effect),
        Some(Err(reading)) => *reading,
        None => Reading::SKIPPED,
    }
}

type Read = Result<Option<Effect>, Box<Reading>>;

fn read_request(headers: &EventHeaders, record: &Received) -> Read {
    let owed = if let Some(accepted) = data::<SignupAccepted>(headers, record, &[Purpose::Delivery])? {
        delivery(headers, accepted)
    } else if let Some(requested) = data::<LinksRequested>(headers, record, &[Purpose::Links])? {
        links(headers, requested)
    } else if let Some(requested) = data::<MyDataRequested>(headers, record, &[Purpose::MyData])? {
        my_data(headers, requested)
    } else {
        return Ok(None);
    };
    Ok(Some(Effect::Owe(vec![owed])))
}

fn read_decision(headers: &EventHeaders, record: &Received) -> Read {
    let effect = if let Some(unsubscribed) = data::<Unsubscribed>(headers, record, &[])? {
        Effect::Suppress(Decision::unsubscribed(
            unsubscribed.person_id,
            unsubscribed.scope,
            unsubscribed.at,
        ))
    } else if let Some(confirmed) = data::<UpdatesConfirmed>(headers, record, &[])? {
        Effect::Suppress(Decision::confirmed(confirmed.person_id, confirmed.at))
    } else if let Some(erased) = data::<PersonErased>(headers, record, &[])? {
        Effect::Erase(Erasure {
            person_id: erased.person_id,
            erased_at: erased.erased_at,
            traceparent: headers.traceparent.clone(),
        })
    } else {
        return Ok(None);
    };
    Ok(Some(effect))
}

fn delivery(headers: &EventHeaders, accepted: SignupAccepted) -> NewNotification {
    NewNotification {
        key: key(headers, Purpose::Delivery),
        request_id: accepted.signup_id,
        person_id: accepted.person_id,
        event_time: headers.time,
        traceparent: headers.traceparent.clone(),
        to: accepted.email,
        content: Content::Delivery(Delivery {
            greeting: accepted.greeting,
            download: accepted.download,
            confirm: accepted.confirm,
            links: accepted.links,
        }),
        offer: Some(accepted.offer),
    }
}

fn links(headers: &EventHeaders, requested: LinksRequested) -> NewNotification {
    NewNotification {
        key: key(headers, Purpose::Links),
        request_id: requested.request_id,
        person_id: requested.person_id,
        event_time: headers.time,
        traceparent: headers.traceparent.clone(),
        to: requested.email,
        content: Content::Links(Links {
            downloads: requested.downloads,
            links: requested.links,
        }),
        offer: None,
    }
}

fn my_data(headers: &EventHeaders, requested: MyDataRequested) -> NewNotification {
    NewNotification {
        key: key(headers, Purpose::MyData),
        request_id: requested.request_id,
        person_id: requested.person_id,
        event_time: headers.time,
        traceparent: headers.traceparent.clone(),
        to: requested.email,
        content: Content::MyData(MyData {
            link: requested.link,
            links: requested.links,
        }),
        offer: None,
    }
}
