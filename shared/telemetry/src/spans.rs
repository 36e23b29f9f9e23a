//! The spans that tell where a line comes from. All are on the level of errors: a span that `LOG_LEVEL` leaves out takes
//! its fields with it.

use std::fmt::Display;

use tracing::{Span, error_span};

use crate::TraceParent;

/// Around what a service does by itself: its tasks keep the span in which they are spawned.
pub fn service_span(service: &'static str) -> Span {
    error_span!("background", service)
}

/// Around the handling of one event that came in. A `traceparent` that is none is left out: it may be anybody's text.
pub fn event_span(event_id: impl Display, traceparent: Option<&str>) -> Span {
    let trace = traceparent.and_then(TraceParent::parse);
    let trace_id = trace.map(|trace| trace.trace_id().to_string());
    error_span!("event", trace_id, %event_id)
}
