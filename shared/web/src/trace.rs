use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::ops::Deref;
use telemetry::TraceParent;

/// The request's own step in its trace. An extractor: handlers put it into the events that the request causes
/// (`trace.to_string()`), as the step that caused them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace(pub TraceParent);

impl Trace {
    /// The request's trace; a new one where none was begun.
    pub fn of(request: &HttpRequest) -> Trace {
        let known = request.extensions().get::<Trace>().copied();
        known.unwrap_or_else(|| Trace(TraceParent::new_root()))
    }

    /// Keeps the trace id of a stranger's `traceparent`, so that a caller can find its request, but nothing else.
    pub(crate) fn begin(header: Option<&str>) -> Trace {
        Trace(
            header
                .and_then(TraceParent::parse)
                .map_or_else(TraceParent::new_root, |parent| parent.child()),
        )
    }
}

impl Deref for Trace {
    type Target = TraceParent;

    fn deref(&self) -> &TraceParent {
        &self.0
    }
}

impl FromRequest for Trace {
    type Error = Infallible;
    type Future = Ready<Result<Trace, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Trace::of(request)))
    }
}
