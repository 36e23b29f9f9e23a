//! What an operator asks of the ledger, and what comes of it.

use contracts::PersonId;
use contracts::notification::State;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::notification::{Class, Standing};

/// Which notifications are wanted, all of what is given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub request_id: Option<Uuid>,
    pub event_id: Option<Uuid>,
    pub person_id: Option<PersonId>,
    pub state: Option<State>,
    pub class: Option<Class>,
}

/// Where a page ends: the next one begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub event_id: Uuid,
    pub id: Uuid,
}

/// A notification with all that the ledger knows of it, but whom it goes to.
#[derive(Debug)]
pub struct Shown {
    pub standing: Standing,
    pub queued_at: OffsetDateTime,
    pub settled_at: Option<OffsetDateTime>,
    /// When it is tried next; none if it is settled or waits for its offer.
    pub due_at: Option<OffsetDateTime>,
    pub attempts: Vec<ShownAttempt>,
}

/// One relay that was asked in one attempt.
#[derive(Debug)]
pub struct ShownAttempt {
    pub finished_at: OffsetDateTime,
    /// Which relay of the attempt, from 0.
    pub step: i16,
    pub relay: Option<String>,
    pub stage: Option<String>,
    pub outcome: String,
    pub reply_code: Option<i16>,
    pub enhanced_code: Option<String>,
    pub duration_ms: i32,
    /// It came after the mail had gone to another sender, and changed nothing.
    pub late: bool,
}

/// What is left to do for a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    None,
    /// It will be sent, now or later.
    Due,
    /// Somebody is sending it.
    UnderWay,
}

/// What became of an operator's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Done,
    /// There is no such notification.
    Unknown,
    /// Somebody is sending it just now: ask again in a moment.
    UnderWay,
    /// Its state does not allow it.
    NotIn(State),
    /// It failed, but what it said is not known any more.
    Forgotten,
}
