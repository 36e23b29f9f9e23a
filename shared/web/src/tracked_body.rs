use crate::kept_payload::KeptPayload;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_util::task::task_tracker::TaskTrackerToken;

/// A response body that counts as a request under way until its last byte is handed to the socket.
pub(crate) struct TrackedBody {
    body: BoxBody,
    _under_way: TaskTrackerToken,
    _unread: Option<KeptPayload>,
}

impl TrackedBody {
    pub(crate) fn new(
        body: BoxBody,
        under_way: TaskTrackerToken,
        unread: Option<KeptPayload>,
    ) -> TrackedBody {
        TrackedBody {
            body,
            _under_way: under_way,
            _unread: unread,
        }
    }
}

impl MessageBody for TrackedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
