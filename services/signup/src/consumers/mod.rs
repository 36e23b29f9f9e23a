//! What other services tell: event → command.

pub mod enquiry_events;
pub mod notification_events;

use contracts::notification::StateChanged;
use contracts::{EventHeaders, PersonId, Source, offer::OfferVersion, topics};
use kafka::{ConsumerSpec, Handler, Later, Received, Verdict};
use time::OffsetDateTime;
use tracing::{Instrument, Span};

use crate::commands::confirm_erasure::confirm_erasure;
use crate::commands::confirm_offer::confirm_offer;
use crate::commands::record_mail_states::record_mail_states;
use crate::error::Error;
use crate::state::State;

/// Name of the task, in logs and metrics.
pub const NAME: &str = "signup: consume events";

/// One member of one group for both topics: each client costs threads and memory.
pub const SPEC: ConsumerSpec = ConsumerSpec {
    group: "signup",
    topics: &[topics::NOTIFICATION_EVENTS, topics::ENQUIRY_EVENTS],
    batch: 500,
};

/// What an event means to this service.
enum Meaning {
    MailState(StateChanged),
    OfferStored(OfferVersion),
    Erased {
        person: PersonId,
        at: OffsetDateTime,
        by: Source,
    },
    /// Nothing, or nothing that this program can read.
    Settled(Verdict),
}

/// The state of a mail, waiting to be recorded with the others of its batch.
struct MailState {
    /// Which event of the batch told it.
    at: usize,
    span: Span,
    told: StateChanged,
}

/// Hands events to commands: states of mails all at once, the few others one by one.
#[derive(Debug, Clone)]
pub struct Events {
    state: State,
}

impl Events {
    #[must_use]
    pub fn new(state: State) -> Self {
        Self { state }
    }

    async fn one(
        &self,
        at: usize,
        record: &Received,
        mail_states: &mut Vec<MailState>,
    ) -> Result<Verdict, Later> {
        let headers = match EventHeaders::parse(&record.headers) {
            Ok(headers) => headers,
            Err(error) => return Ok(Verdict::Park(error.to_string())),
        };
        let span = telemetry::event_span(headers.id, headers.traceparent.as_deref());
        match meaning(&headers, record) {
            Meaning::MailState(told) => {
                mail_states.push(MailState { at, span, told });
                Ok(Verdict::Done)
            }
            meaning => self.handle_one(meaning).instrument(span).await,
        }
    }

    async fn handle_one(&self, meaning: Meaning) -> Result<Verdict, Later> {
        let done = match meaning {
            Meaning::Settled(verdict) => return Ok(verdict),
            Meaning::MailState(told) => record_mail_states(&self.state, vec![told]).await,
            Meaning::OfferStored(offer) => confirm_offer(&self.state, offer).await,
            Meaning::Erased { person, at, by } => confirm_erasure(&self.state, person, at, by).await,
        };
        done.map_or_else(|error| failed(&error), |()| Ok(Verdict::Done))
    }

    /// All at once. Where the database refuses that, each goes alone, and the one that cannot is set aside: it would
    /// hold up the others for ever.
    async fn note_mail_states(&self, states: Vec<MailState>, verdicts: &mut [Verdict]) -> Result<(), Later> {
        let all = states.iter().map(|state| state.told.clone()).collect();
        match record_mail_states(&self.state, all).await {
            Err(error) if !error.is_temporary() => {}
            noted => return noted.map_err(|error| Later(error.to_string())),
        }
        for state in states {
            let alone = self.handle_one(Meaning::MailState(state.told));
            verdicts[state.at] = alone.instrument(state.span).await?;
        }
        Ok(())
    }
}

impl Handler for Events {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Later> {
        let mut verdicts = Vec::with_capacity(batch.len());
        let mut mail_states = Vec::new();
        for (at, record) in batch.iter().enumerate() {
            verdicts.push(self.one(at, record, &mut mail_states).await?);
        }
        self.note_mail_states(mail_states, &mut verdicts).await?;
        Ok(verdicts)
    }
}

fn meaning(headers: &EventHeaders, record: &Received) -> Meaning {
    let data = record.payload.as_deref();
    let meaning = match record.topic.as_str() {
        topics::NOTIFICATION_EVENTS => notification_events::meaning(headers, data),
        topics::ENQUIRY_EVENTS => enquiry_events::meaning(headers, data),
        _ => Ok(Meaning::Settled(Verdict::Skipped)),
    };
    meaning.unwrap_or_else(|error| Meaning::Settled(Verdict::Park(error.to_string())))
}

/// The verdict on an event whose command failed.
fn failed(error: &Error) -> Result<Verdict, Later> {
    if error.is_temporary() {
        return Err(Later(error.to_string()));
    }
    tracing::error!(
        error = error as &dyn std::error::Error,
        "an event cannot be handled"
    );
    Ok(Verdict::Park(error.to_string()))
}
