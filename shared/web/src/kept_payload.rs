use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A second hold on a request's body, kept until the answer is sent. When nobody holds a chunked body any more, actix
/// reads and throws away the rest of it for as long as it comes, which can be for ever. Held but unread, it makes
/// actix answer, give the sender a moment, and close the connection.
#[derive(Clone)]
pub(crate) struct KeptPayload(Rc<RefCell<Payload>>);

impl KeptPayload {
    /// `None` for a request without a body.
    pub(crate) fn of(request: &mut ServiceRequest) -> Option<KeptPayload> {
        let payload = request.parts_mut().1.take();
        if matches!(payload, Payload::None) {
            return None;
        }
        let kept = KeptPayload(Rc::new(RefCell::new(payload)));
        request.set_payload(Payload::Stream {
            payload: Box::pin(kept.clone()),
        });
        Some(kept)
    }
}

impl Stream for KeptPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}
