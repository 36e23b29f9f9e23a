//! A mail that a sender holds a lease of, and what the sender has to say about it.

use std::time::{Duration, Instant};

use contracts::notification::State;
use contracts::offer::OfferVersion;
use contracts::{EmailAddress, PersonId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::attempt::{Outcome, Step};
use crate::domain::auto_reply::is_read_by_a_person;
use crate::domain::content::Content;
use crate::domain::domain_group::DomainGroup;
use crate::domain::fallback::Undeliverable;
use crate::domain::notification::{Class, NewNotification, NotificationId, NotificationKey};
use crate::domain::reply_class::ReplyClass;
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

/// What came of an order.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub claims: Vec<Claim>,
    /// Mails that were due and not left out, claimed or not: fewer than the order's limit if there are no more.
    pub looked_at: usize,
    /// When the first of them was due.
    pub first_due: Option<OffsetDateTime>,
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

/// What one attempt did, and what it came to.
#[derive(Debug, Clone)]
pub struct Attempted {
    pub steps: Vec<Step>,
    pub outcome: Outcome,
}

impl From<Outcome> for Attempted {
    /// No relay was asked.
    fn from(outcome: Outcome) -> Self {
        Self {
            steps: Vec::new(),
            outcome,
        }
    }
}

impl From<Vec<Step>> for Attempted {
    fn from(steps: Vec<Step>) -> Self {
        Self {
            outcome: Outcome::of_steps(&steps),
            steps,
        }
    }
}

/// An attempt with its outcome, to be committed.
#[derive(Debug, Clone)]
pub struct Finished {
    pub claim: Claim,
    /// The relays that were asked, in order.
    pub steps: Vec<Step>,
    pub outcome: Outcome,
    pub next: Next,
    pub took: Duration,
    /// It went to the one inbox of a rehearsal: what that says decides nothing about whom the mail is for.
    pub redirected: bool,
}

impl Claim {
    /// How the mail is treated.
    #[must_use]
    pub fn class(&self) -> Class {
        Class::of(self.key.purpose)
    }

    /// Whether it goes to nobody: the person must not be mailed, or a robot or a list would be acknowledged (RFC 3834 §2).
    #[must_use]
    pub fn is_unwanted(&self) -> bool {
        let to_robot = |mail: &OwedMail| !is_read_by_a_person(&mail.to);
        self.suppressed || (self.class() == Class::Ack && self.mail.as_ref().is_some_and(to_robot))
    }

    /// The mail system that it goes to; `None` if the row cannot be read.
    #[must_use]
    pub fn domain_group(&self) -> Option<DomainGroup> {
        self.mail.as_ref().map(|mail| DomainGroup::of(&mail.to))
    }

    /// The claim with its outcome, and what follows from that.
    #[must_use]
    pub fn finish(self, attempted: Attempted, took: Duration, policy: &RetryPolicy) -> Finished {
        let Attempted { steps, outcome } = attempted;
        let next = policy.next(&outcome, self.class(), self.tried);
        Finished {
            claim: self,
            steps,
            outcome,
            next,
            took,
            redirected: false,
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

    /// Who must not be mailed again: the relay says that the mailbox is gone. Of a team's mail nobody: the person is
    /// the visitor then.
    #[must_use]
    pub fn lost_recipient(&self) -> Option<PersonId> {
        let is_gone = self.outcome.class() == Some(ReplyClass::RecipientBad) && !self.redirected;
        self.claim
            .person_id
            .filter(|_| is_gone && self.claim.class() != Class::Team)
    }

    /// What is owed in its place: a mail that the team's inbox will never take goes to the fallback inbox.
    #[must_use]
    pub fn fallback(&self) -> Option<NewNotification> {
        let claim = &self.claim;
        let undeliverable = Undeliverable {
            key: claim.key,
            request_id: claim.request_id?,
            person_id: claim.person_id?,
            event_time: claim.event_time,
            traceparent: claim.traceparent.as_deref(),
            mail: claim.mail.as_ref()?,
        };
        let is_refused = self.is_given_up() && !self.redirected;
        undeliverable.fallback().filter(|_| is_refused)
    }
}
