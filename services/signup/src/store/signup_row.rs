//! One signup as the batch writer stores it: complete, so that nothing has to come back before it can be told.

use std::fmt;

use contracts::{BudgetKey, Fingerprint, KeyHash, PersonId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::consent::{Evidence, Sha256Sum};
use crate::domain::touch::Touch;

/// The rows of one signup in every table. `Debug` shows only its id.
pub struct SignupRow {
    /// UUIDv7.
    pub id: Uuid,
    pub person: PersonId,
    pub email: String,
    pub name: Option<String>,
    pub campaign: String,
    pub offer: String,
    pub offer_version: i32,
    pub accepted_at: OffsetDateTime,
    pub event_id: Uuid,
    /// JSON of the event's data.
    pub payload: Vec<u8>,
    pub traceparent: String,
    pub held: bool,
    pub limit_key: BudgetKey,
    pub idempotency: Option<StoredKey>,
    pub touch: Touch,
    /// [`Touch::told`] of it.
    pub told: contracts::signup::Touch,
    pub evidence: Evidence,
    pub wording: Wording,
}

/// What is kept of an idempotency key, for 48 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredKey {
    pub key: KeyHash,
    /// Of the body. Another body under the same key is a mistake of the client.
    pub fingerprint: Fingerprint,
}

/// The wording that was shown.
#[derive(Debug)]
pub struct Wording {
    pub version: String,
    pub delivery: Sha256Sum,
    /// Only where the box was ticked.
    pub updates: Option<Sha256Sum>,
}

impl SignupRow {
    /// About how many bytes it takes in the queue.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + 2 * self.payload.len()
    }
}

impl fmt::Debug for SignupRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignupRow")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
