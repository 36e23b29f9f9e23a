//! What other services tell: event → command.

pub mod notification_events;
pub mod signup_events;

use contracts::{EventHeaders, topics};
use kafka::{ConsumerSpec, Handler, Later, Received, Verdict};
use tracing::Instrument;

use crate::error::Error;
use crate::state::State;

pub const NAME: &str = "enquiry: consume events";

/// One member of one group for both topics: both are quiet, and each client costs threads and memory.
pub const SPEC: ConsumerSpec = ConsumerSpec {
    group: "enquiry",
    topics: &[topics::NOTIFICATION_EVENTS, topics::SIGNUP_EVENTS],
    batch: 256,
};

/// Hands each event to the consumer of its topic.
#[derive(Debug, Clone)]
pub struct Events {
    state: State,
}

impl Events {
    #[must_use]
    pub fn new(state: State) -> Self {
        Self { state }
    }

    async fn one(&self, record: &Received) -> Result<Verdict, Later> {
        let headers = match EventHeaders::parse(&record.headers) {
            Ok(headers) => headers,
            Err(error) => return Ok(Verdict::Park(error.to_string())),
        };
        let span = telemetry::event_span(headers.id, headers.traceparent.as_deref());
        let data = record.payload.as_deref();
        let handled = async {
            match record.topic.as_str() {
                topics::NOTIFICATION_EVENTS => notification_events::handle(&self.state, &headers, data).await,
                topics::SIGNUP_EVENTS => signup_events::handle(&self.state, &headers, data).await,
                _ => Ok(Verdict::Skipped),
            }
        };
        handled.instrument(span).await
    }
}

impl Handler for Events {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Later> {
        let mut verdicts = Vec::with_capacity(batch.len());
        for record in batch {
            verdicts.push(self.one(record).await?);
        }
        Ok(verdicts)
    }
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
