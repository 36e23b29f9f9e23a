//! What other services tell: event → effect → command.

mod enquiry_events;
pub mod offer_versions;
mod signup_events;

use contracts::notification::Purpose;
use contracts::{EmailAddress, EventHeaders, Payload, PersonId, topics};
use kafka::{ConsumerSpec, Handler, Later, Received, Verdict};
use serde::Deserialize;
use telemetry::TraceParent;
use uuid::Uuid;

use crate::commands::apply_events::{Applied, apply_events};
use crate::domain::effect::{Effect, ParkedRequest};
use crate::domain::notification::NotificationKey;
use crate::error::Error;
use crate::state::State;

pub const NAME: &str = "notification: consume requests";

/// One member of one group for both topics: each client costs threads and memory.
pub const SPEC: ConsumerSpec = ConsumerSpec {
    group: "notification",
    topics: &[topics::SIGNUP_EVENTS, topics::ENQUIRY_EVENTS],
    batch: 500,
};

/// Turns batches of requests into effects, and applies a batch at once.
#[derive(Debug, Clone)]
pub struct Requests {
    state: State,
}

/// What an event is to us, before anything is written.
#[derive(Debug)]
struct Reading {
    verdict: Verdict,
    effect: Option<Effect>,
}

impl Reading {
    const SKIPPED: Self = Self {
        verdict: Verdict::Skipped,
        effect: None,
    };

    fn of(effect: Effect) -> Self {
        Self {
            verdict: Verdict::Done,
            effect: Some(effect),
        }
    }

    fn parked(reason: String, request: Option<ParkedRequest>) -> Self {
        Self {
            verdict: Verdict::Park(reason),
            effect: request.map(Effect::TellParked),
        }
    }
}

impl Requests {
    /// A handler that applies what it reads to this state.
    #[must_use]
    pub fn new(state: State) -> Self {
        Self { state }
    }

    fn read(&self, record: &Received) -> Reading {
        let mut headers = match EventHeaders::parse(&record.headers) {
            Ok(headers) => headers,
            Err(error) => return Reading::parked(error.to_string(), None),
        };
        headers.traceparent = headers
            .traceparent
            .filter(|text| TraceParent::parse(text).is_some());
        match record.topic.as_str() {
            topics::SIGNUP_EVENTS => signup_events::read(&headers, record),
            topics::ENQUIRY_EVENTS => enquiry_events::read(&headers, record),
            _ => Reading::SKIPPED,
        }
    }

    /// Person ids are made by other services: with another key, erasures and suppressions would miss their people.
    fn check_person(&self, effect: Option<&Effect>) {
        let Some(Effect::Owe(owed)) = effect else { return };
        let differs =
            |address: &EmailAddress, person| PersonId::of(&self.state.rules.subject_key, address) != person;
        let person = owed.iter().find(|one| one.key.purpose != Purpose::Team);
        if let Some(one) = person.filter(|one| differs(&one.to, one.person_id)) {
            self.state.metrics.person_id_mismatches.inc();
            let span = telemetry::event_span(one.key.event_id, one.traceparent.as_deref());
            span.in_scope(|| {
                tracing::error!("the person id is not that of the address: SUBJECT_KEY differs");
            });
        }
    }

    async fn apply(&self, mut readings: Vec<Reading>) -> Result<Vec<Verdict>, Error> {
        let has_effect: Vec<bool> = readings.iter().map(|reading| reading.effect.is_some()).collect();
        let effects = readings
            .iter_mut()
            .filter_map(|reading| reading.effect.take())
            .collect();
        let mut applied = apply_events(&self.state, effects).await?.into_iter();
        let verdict = |(reading, has_effect): (Reading, bool)| {
            let applied = if has_effect { applied.next() } else { None };
            match applied {
                Some(Applied::TooOld) => Verdict::Park("older than what the ledger remembers".to_owned()),
                _ => reading.verdict,
            }
        };
        Ok(readings.into_iter().zip(has_effect).map(verdict).collect())
    }

    /// One of a batch holds what the database refuses. Each goes alone, and the one that cannot is set aside.
    async fn apply_one_by_one(&self, batch: &[Received]) -> Result<Vec<Verdict>, Error> {
        let mut verdicts = Vec::with_capacity(batch.len());
        for record in batch {
            let applied = match self.apply(vec![self.read(record)]).await {
                Err(Error::Refused(_)) => self.apply(vec![refused(self.read(record).effect)]).await,
                applied => applied,
            };
            verdicts.extend(applied?);
        }
        Ok(verdicts)
    }
}

impl Handler for Requests {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Later> {
        let readings: Vec<Reading> = batch.iter().map(|record| self.read(record)).collect();
        readings
            .iter()
            .for_each(|reading| self.check_person(reading.effect.as_ref()));
        let verdicts = match self.apply(readings).await {
            Err(Error::Refused(_)) => self.apply_one_by_one(batch).await,
            applied => applied,
        };
        verdicts.map_err(|error| Later(error.to_string()))
    }
}

fn refused(effect: Option<Effect>) -> Reading {
    let owed = match effect {
        Some(Effect::Owe(owed)) => owed,
        _ => Vec::new(),
    };
    let request = owed.first().map(|first| ParkedRequest {
        request_id: first.request_id,
        event_id: first.key.event_id,
        purposes: owed.iter().map(|one| one.key.purpose).collect(),
        traceparent: first.traceparent.clone(),
    });
    Reading::parked("the database refuses a value in it".to_owned(), request)
}

/// The data of an event, if it is of this type.
///
/// # Errors
/// The reading of an event of this type that this program cannot handle. Whoever owns the request hears of it where
/// the request can be told.
fn data<P: Payload>(
    headers: &EventHeaders,
    record: &Received,
    purposes: &[Purpose],
) -> Result<Option<P>, Box<Reading>> {
    headers.data(record.payload.as_deref()).map_err(|error| {
        let request = parked_request(headers, record, purposes);
        Box::new(Reading::parked(error.to_string(), request))
    })
}

/// What every request's data has, whatever else cannot be read.
#[derive(Deserialize)]
struct AnyRequest {
    #[serde(alias = "signup_id", alias = "enquiry_id")]
    request_id: Uuid,
}

fn parked_request(headers: &EventHeaders, record: &Received, purposes: &[Purpose]) -> Option<ParkedRequest> {
    let request: AnyRequest = serde_json::from_slice(record.payload.as_deref()?).ok()?;
    (!purposes.is_empty()).then(|| ParkedRequest {
        request_id: request.request_id,
        event_id: headers.id,
        purposes: purposes.to_vec(),
        traceparent: headers.traceparent.clone(),
    })
}

/// The first recipient of what an event owes.
const fn key(headers: &EventHeaders, purpose: Purpose) -> NotificationKey {
    NotificationKey {
        source: headers.source,
        event_id: headers.id,
        purpose,
        recipient: 0,
    }
}
