//! What other services tell: event → command.

pub mod notification_events;
pub mod signup_events;

use contracts::{EventHeaders, Payload, topics};
use kafka::{ConsumerSpec, Handler, Later, Received, Verdict};
use telemetry::TraceParent;
use tracing::{Instrument, info_span};

use crate::error::Error;
use crate::state::State;

pub const NAME: &str = "consume events for enquiry";

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
        let trace = headers.traceparent.as_deref().and_then(TraceParent::parse);
        let trace_id = trace.map(|trace| trace.trace_id().to_string());
        let span = info_span!("event", trace_id, event_id = %headers.id);
        let handled = async {
            match record.topic.as_str() {
                topics::NOTIFICATION_EVENTS => {
                    notification_events::handle(&self.state, &headers, record).await
                }
                topics::SIGNUP_EVENTS => signup_events::handle(&self.state, &headers, record, trace).await,
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

/// The data of an event, if it is of this type.
///
/// # Errors
/// The verdict on an event of this type that this program cannot read.
fn data<P: Payload>(headers: &EventHeaders, record: &Received) -> Result<Option<P>, Verdict> {
    if headers.is_newer_version_of::<P>() {
        return Err(Verdict::Park(format!("a newer version of {}", P::TYPE)));
    }
    if !headers.is::<P>() {
        return Ok(None);
    }
    serde_json::from_slice(record.payload.as_deref().unwrap_or_default())
        .map(Some)
        .map_err(|_| Verdict::Park(format!("the data is not that of {}", P::TYPE)))
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
