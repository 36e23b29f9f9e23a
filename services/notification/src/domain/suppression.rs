//! Who must not be mailed what, and what is decided about it. Which decision counts is for one statement to say:
//! `store/queries/decide_suppression.sql`.

mod entry;
mod reason;
mod source;

use contracts::instant::in_utc;
use contracts::signup::UnsubscribeScope;
use contracts::{EmailAddress, PersonId, SubjectKey};
use time::OffsetDateTime;

pub use entry::{Entry, Mistake};
pub use reason::{NoReason, Reason};
pub use source::SuppressionSource;

use crate::domain::bounce::BounceClass;
use crate::domain::bounce_report::Via;

/// Which mails a suppression stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All but those of class `team`.
    Everything,
    /// Those of class `updates`, of which none is sent in this release: noted, and asked by nobody yet.
    Updates,
}

impl Scope {
    /// The word for it in the table, in lists and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Updates => "updates",
        }
    }

    /// The scope that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Everything, Self::Updates]
            .into_iter()
            .find(|scope| scope.as_str() == word)
    }
}

impl From<UnsubscribeScope> for Scope {
    fn from(scope: UnsubscribeScope) -> Self {
        match scope {
            UnsubscribeScope::Updates => Self::Updates,
            UnsubscribeScope::Everything => Self::Everything,
        }
    }
}

/// A suppression that holds. It knows no address, so it outlives the erasure of its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Says nothing by itself: an HMAC of the address.
    pub person_id: PersonId,
    pub scope: Scope,
    pub reason: Reason,
    pub source: SuppressionSource,
    pub decided_at: OffsetDateTime,
}

/// Where a page ends: the next one begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuppressionPosition {
    pub person_id: PersonId,
    pub scope: Scope,
}

impl Suppression {
    /// Where a page ends that this is the last of.
    #[must_use]
    pub const fn position(&self) -> SuppressionPosition {
        SuppressionPosition {
            person_id: self.person_id,
            scope: self.scope,
        }
    }
}

/// Something is decided about mails to a person. Every part of the service that decides does it by one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub person_id: PersonId,
    pub scope: Scope,
    /// False lifts the suppression.
    pub active: bool,
    pub reason: Reason,
    pub source: SuppressionSource,
    /// `None`: now, by the database's clock.
    pub decided_at: Option<OffsetDateTime>,
}

impl Decision {
    /// The person did not want these mails (any more), and said so on a page or by one click.
    #[must_use]
    pub fn unsubscribed(person_id: PersonId, scope: UnsubscribeScope, at: OffsetDateTime) -> Self {
        let (reason, source) = match scope {
            UnsubscribeScope::Updates => (Reason::UNSUBSCRIBED, SuppressionSource::Unsubscribe),
            UnsubscribeScope::Everything => (Reason::NOT_ME, SuppressionSource::NotMe),
        };
        Self {
            person_id,
            scope: scope.into(),
            active: true,
            reason,
            source,
            decided_at: in_utc(at),
        }
    }

    /// The person confirmed that updates are wanted.
    #[must_use]
    pub fn confirmed(person_id: PersonId, at: OffsetDateTime) -> Self {
        Self {
            person_id,
            scope: Scope::Updates,
            active: false,
            reason: Reason::CONFIRMED,
            source: SuppressionSource::Confirmation,
            decided_at: in_utc(at),
        }
    }

    /// A relay says that the mailbox is not there.
    #[must_use]
    pub fn refused(person_id: PersonId) -> Self {
        let reason = Reason::of(BounceClass::Hard);
        Self::now(person_id, reason, SuppressionSource::SmtpReply)
    }

    /// A mail came back, or was complained of.
    #[must_use]
    pub fn came_back(person_id: PersonId, class: BounceClass, via: Via) -> Self {
        Self::now(person_id, Reason::of(class), SuppressionSource::Report(via))
    }

    /// An operator decides about all mails to a person; `active` is false to let them be mailed again.
    #[must_use]
    pub fn by_operator(person_id: PersonId, reason: Reason, active: bool) -> Self {
        Self {
            active,
            ..Self::now(person_id, reason, SuppressionSource::Operator)
        }
    }

    /// Its place in the one order in which all writers go through the table.
    #[must_use]
    pub const fn place(&self) -> (PersonId, Scope) {
        (self.person_id, self.scope)
    }

    fn now(person_id: PersonId, reason: Reason, source: SuppressionSource) -> Self {
        Self {
            person_id,
            scope: Scope::Everything,
            active: true,
            reason,
            source,
            decided_at: None,
        }
    }
}

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It was not so before.
    Changed,
    /// It was so before, for a weaker reason or from an earlier time: this decision is the one that is noted now.
    Renewed,
    /// It was so before, and what was noted stays.
    Unchanged,
    /// What was decided before stands against it: a complaint, which is for ever, or a later decision.
    Overruled,
}

impl Decided {
    /// What became of it, where it `was` active before and it is (not) written.
    #[must_use]
    pub const fn of(active: bool, was_active: bool, is_written: bool) -> Self {
        match (active == was_active, is_written) {
            (false, true) => Self::Changed,
            (true, true) => Self::Renewed,
            (true, false) => Self::Unchanged,
            (false, false) => Self::Overruled,
        }
    }
}

/// What is given names no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an email address or a person id")]
pub struct NoPerson;

/// The person that an operator names by a person id or an address. The address goes no further.
///
/// # Errors
/// [`NoPerson`] if it is neither.
pub fn person(key: &SubjectKey, text: &str) -> Result<PersonId, NoPerson> {
    if let Ok(id) = text.parse() {
        return Ok(PersonId(id));
    }
    let address = EmailAddress::parse(text).map_err(|_| NoPerson)?;
    Ok(PersonId::of(key, &address))
}
