//! Who must not be mailed, and what an operator may decide about it.

use contracts::signup::UnsubscribeScope;
use contracts::{EmailAddress, PersonId, Slug, SubjectKey};
use time::OffsetDateTime;
use uuid::Uuid;

/// A suppression that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    pub person_id: PersonId,
    /// `updates` or `everything`.
    pub scope: String,
    pub reason: String,
    pub decided_at: OffsetDateTime,
}

/// Where a page ends: the next one begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuppressionPosition {
    pub person_id: Uuid,
    pub is_updates: bool,
}

/// What an operator decides about all mails to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub person_id: PersonId,
    pub scope: UnsubscribeScope,
    /// A word, so that nothing about the person gets into it.
    pub reason: Slug,
    /// False lifts the suppression.
    pub active: bool,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    Done,
    /// It was so before.
    NoChange,
    /// The person has complained: that is for ever.
    Complained,
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
