//! `signup.events`: people who were erased.

use contracts::EventHeaders;
use contracts::signup::PersonErased;
use kafka::{Later, Verdict};
use telemetry::TraceParent;

use super::failed;
use crate::commands::erase_person::erase_person;
use crate::state::State;

/// Handles one event.
pub(super) async fn handle(
    state: &State,
    headers: &EventHeaders,
    data: Option<&[u8]>,
) -> Result<Verdict, Later> {
    let erased = match headers.data::<PersonErased>(data) {
        Ok(Some(erased)) => erased,
        Ok(None) => return Ok(Verdict::Skipped),
        Err(error) => return Ok(Verdict::Park(error.to_string())),
    };
    let trace = headers.traceparent.as_deref().and_then(TraceParent::parse);
    match erase_person(state, erased, trace).await {
        Ok(()) => Ok(Verdict::Done),
        Err(error) => failed(&error),
    }
}
