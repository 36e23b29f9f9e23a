//! What an event asks of this service.

use contracts::PersonId;
use contracts::notification::Purpose;
use contracts::signup::UnsubscribeScope;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::notification::NewNotification;

/// The effect of one event. Effects do not depend on the order in which events come: each carries its time.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Mails are owed: one event, one or more notifications.
    Owe(Vec<NewNotification>),
    /// A person decided what must not be mailed.
    Suppress(SuppressionChange),
    /// A person is to be erased.
    Erase(Erasure),
    /// The event is set aside; who owns the request must hear of it.
    TellParked(ParkedRequest),
}

/// A person's decision about mails of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuppressionChange {
    pub person_id: PersonId,
    pub scope: UnsubscribeScope,
    /// False lifts the suppression.
    pub active: bool,
    pub decided_at: OffsetDateTime,
}

impl SuppressionChange {
    /// The word for the scope in the table.
    #[must_use]
    pub const fn scope_word(&self) -> &'static str {
        match self.scope {
            UnsubscribeScope::Updates => "updates",
            UnsubscribeScope::Everything => "everything",
        }
    }

    /// The word for the reason in the table.
    #[must_use]
    pub const fn reason_word(&self) -> &'static str {
        match (self.scope, self.active) {
            (UnsubscribeScope::Updates, true) => "unsubscribed",
            (UnsubscribeScope::Updates, false) => "confirmed",
            (UnsubscribeScope::Everything, true) => "not_me",
            (UnsubscribeScope::Everything, false) => "lifted",
        }
    }
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
