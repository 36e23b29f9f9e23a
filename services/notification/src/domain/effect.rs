//! What an event asks of this service.

use contracts::PersonId;
use contracts::notification::Purpose;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::notification::NewNotification;
use crate::domain::suppression::Decision;

/// The effect of one event. Effects do not depend on the order in which events come: each carries its time.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Mails are owed: one event, one or more notifications.
    Owe(Vec<NewNotification>),
    /// A person decided what must not be mailed.
    Suppress(Decision),
    /// A person is to be erased.
    Erase(Erasure),
    /// The event is set aside; who owns the request must hear of it.
    TellParked(ParkedRequest),
}

/// A person was erased in signup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    pub person_id: PersonId,
    pub erased_at: OffsetDateTime,
    pub traceparent: Option<String>,
}

/// A request whose event cannot be handled, as far as the event could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedRequest {
    pub request_id: Uuid,
    pub event_id: Uuid,
    pub purposes: Vec<Purpose>,
    pub traceparent: Option<String>,
}
