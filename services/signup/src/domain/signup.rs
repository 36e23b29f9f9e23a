//! A signup: a person asks for an offer through a campaign.

use std::sync::Arc;

use contracts::{EmailAddress, Fingerprint, IdempotencyKey, PersonName};
use telemetry::TraceParent;
use uuid::Uuid;

use crate::domain::campaign::OpenCampaign;
use crate::domain::consent::Evidence;
use crate::domain::touch::Touch;

/// What a visitor asked for, checked. `Debug` shows no personal data: its parts do not.
#[derive(Debug, Clone)]
pub struct SignupRequest {
    pub email: EmailAddress,
    pub name: Option<PersonName>,
    pub campaign: Arc<OpenCampaign>,
    /// The box for updates was ticked: consent is pending until it is confirmed.
    pub updates: bool,
    pub touch: Touch,
    pub evidence: Evidence,
    pub idempotency: Option<Idempotency>,
    /// The honeypot was filled: stored, and not mailed until somebody releases it.
    pub held: bool,
    pub trace: TraceParent,
}

/// The key that a client sent, and the sum of the body that it came with.
#[derive(Debug, Clone)]
pub struct Idempotency {
    pub key: IdempotencyKey,
    pub body: Fingerprint,
}

impl Idempotency {
    /// The key of a request with this body.
    #[must_use]
    pub fn new(key: IdempotencyKey, body: &[u8]) -> Self {
        let body = key.fingerprint([Some(body)]);
        Self { key, body }
    }
}

/// What the visitor is told. The same for a new, a known, a suppressed, a held and an over-budget one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    pub id: Uuid,
}
