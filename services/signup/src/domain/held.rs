//! A signup whose honeypot was filled, as an operator looks at it.

use contracts::EmailAddress;
use time::OffsetDateTime;
use uuid::Uuid;

/// Stored and not mailed until somebody releases it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSignup {
    pub id: Uuid,
    pub accepted_at: OffsetDateTime,
    pub campaign: String,
    pub email: EmailAddress,
}
