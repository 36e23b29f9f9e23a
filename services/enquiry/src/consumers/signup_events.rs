//! `signup.events`: people who were erased.

use contracts::EventHeaders;
use contracts::signup::PersonErased;
use kafka::{Later, Received, Verdict};
use telemetry::TraceParent;

use super::{data, failed};
use crate::commands::erase_person::erase_person;
use crate::state::State;

/// Handles one event.
pub(super) async fn handle(
    state: &State,
    headers: &EventHeaders,
    record: &Received,
    trace: Option<TraceParent>,
) -> Result<Verdict, Later> {
    let erased = match data::<PersonErased>(headers, record) {
        Ok(Some(erased)) => erased,
        Ok(None) => return Ok(Verdict::Skipped),
        Err(verdict) => return Ok(verdict),
    };
    match erase_person(state, erased, trace).await {
        Ok(()) => Ok(Verdict::Done),
        Err(error) => failed(&error),
    }
}
