//! A mail that a sender holds a lease of, and what the sender has to say about it.

use std::time::{Duration, Instant};

use contracts::notification::{Purpose, State};
use contracts::offer::OfferVersion;
use contracts::{EmailAddress, PersonId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::attempt::Outcome;
use crate::domain::content::Content;
use crate::domain::notification::{Class, NewNotification, NotificationId, NotificationKey};
use crate::domain::retry::{Next, RetryPolicy, Tried};

/// A lease of one mail.
#[derive(Debug, Clone)]
pub struct Claim {
    pub id: NotificationId,
    pub lease: Lease,
    pub key: NotificationKey,
    pub request_id: Option<Uuid>,
    pub person_id: Option<PersonId>,
    pub event_time: OffsetDateTime,
    pub traceparent: Option<String>,
    pub offer: Option<OfferVersion>,
    /// `None` if the row cannot be read.
    pub mail: Option<OwedMail>,
    pub revision: i32,
    pub queued_at: OffsetDateTime,
    pub tried: Tried,
    /// The person must not be mailed.
    pub suppressed: bool,
}

/// Whom to, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct OwedMail {
    pub to: EmailAddress,
    pub content: Content,
}

/// The right to send a mail, for a while.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    pub id: Uuid,
    /// By our monotonic clock, taken before the database was asked: never later than the database's end of it.
    pub ends: Instant,
}

impl Lease {
    /// Whether this long can be spent on the mail before somebody else may send it too.
    #[must_use]
    pub fn lasts(&self, needed: Duration) -> bool {
        Instant::now() + needed <= self.ends
    }
}

/// An attempt with its outcome, to be committed.
#[derive(Debug, Clone)]
pub struct Finished {
    pub claim: Claim,
    pub outcome: Outcome,
    pub next: Next,
    pub took: Duration,
}

impl Claim {
    /// How the mail is treated.
    #[must_use]
    pub fn class(&self) -> Class {
        Class::of(self.key.purpose)
    }

    /// The claim with its outcome, and what follows from that.
    #[must_use]
    pub fn finish(self, outcome: Outcome, took: Duration, policy: &RetryPolicy) -> Finished {
        let next = policy.next(&outcome, self.class(), self.tried);
        Finished {
            claim: self,
            outcome,
            next,
            took,
        }
    }
}

impl Finished {
    /// The state that the mail has after it.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.next {
            Next::Settle(state) => state,
            Next::Again { .. } => State::Queued,
        }
    }

    /// The revision after it: another one only if there is something to tell.
    #[must_use]
    pub const fn revision(&self) -> i32 {
        match self.next {
            Next::Settle(_) | Next::Again { counts: true, .. } => self.claim.revision + 1,
            Next::Again { counts: false, .. } => self.claim.revision,
        }
    }

    /// Whether there is something to tell.
    #[must_use]
    pub const fn is_change(&self) -> bool {
        self.revision() > self.claim.revision
    }

    /// Whether it will never be sent.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.next == Next::Settle(State::Failed)
    }

    /// What is owed in its place: a mail that the team's inbox will never take goes to the fallback inbox.
    #[must_use]
    pub fn fallback(&self) -> Option<NewNotification> {
        let claim = &self.claim;
        let OwedMail {
            to,
            content: Content::Team(team),
        } = claim.mail.as_ref()?
        else {
            return None;
        };
        let first = claim.key.purpose == Purpose::Team && claim.key.recipient == 0;
        (self.is_given_up() && first && team.fallback_inbox != *to).then_some(NewNotification {
            key: claim.key.for_recipient(1),
            request_id: claim.request_id?,
            person_id: claim.person_id?,
            event_time: claim.event_time,
            traceparent: claim.traceparent.clone(),
            to: team.fallback_inbox.clone(),
            content: Content::Team(team.clone()),
            offer: None,
        })
    }
}
