//! Sendgrid's event webhook (docs.sendgrid.com, "Signed event webhook"): ECDSA P-256 with SHA-256 over timestamp and body.

use std::fmt;

use data_encoding::BASE64;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use serde::Deserialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use webpki::RawPublicKeyEntity;
use webpki::ring::ECDSA_P256_SHA256;

use super::{ProviderEvent, Refusal, Webhook, check_age, unix_time};
use crate::domain::bounce::{BounceClass, judge_failure};
use crate::domain::reply_class::EnhancedCode;

/// The verification key that Sendgrid shows.
#[derive(Clone)]
pub struct Sendgrid(SubjectPublicKeyInfoDer<'static>);

/// The key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the verification key that Sendgrid shows, in base64")]
pub struct SendgridKeyError;

impl fmt::Debug for Sendgrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sendgrid(…)")
    }
}

#[derive(Deserialize)]
struct Event {
    event: String,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    reason: String,
}

impl Sendgrid {
    /// Reads the key: a `SubjectPublicKeyInfo` in base64.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(key: &str) -> Result<Self, SendgridKeyError> {
        let der = BASE64
            .decode(key.trim().as_bytes())
            .map_err(|_| SendgridKeyError)?;
        let der = SubjectPublicKeyInfoDer::from(der);
        RawPublicKeyEntity::try_from(&der).map_err(|_| SendgridKeyError)?;
        Ok(Self(der))
    }

    pub(super) fn read(
        &self,
        webhook: Webhook<'_>,
        now: OffsetDateTime,
    ) -> Result<Vec<ProviderEvent>, Refusal> {
        let timestamp = webhook.timestamp.ok_or(Refusal::Signature)?;
        self.verify(timestamp, webhook)?;
        check_age(unix_time(timestamp)?, now)?;
        let sources: Vec<&RawValue> =
            serde_json::from_slice(webhook.body).map_err(|_| Refusal::Unreadable)?;
        Ok(sources.into_iter().filter_map(event).collect())
    }

    fn verify(&self, timestamp: &str, webhook: Webhook<'_>) -> Result<(), Refusal> {
        let signature = webhook.signature.ok_or(Refusal::Signature)?;
        let signature = BASE64
            .decode(signature.as_bytes())
            .map_err(|_| Refusal::Signature)?;
        let key = RawPublicKeyEntity::try_from(&self.0).map_err(|_| Refusal::Signature)?;
        let signed = [timestamp.as_bytes(), webhook.body].concat();
        key.verify_signature(ECDSA_P256_SHA256, &signed, &signature)
            .map_err(|_| Refusal::Signature)
    }
}

/// One that cannot be read is of a kind that is none of our concern.
pub(super) fn event(source: &RawValue) -> Option<ProviderEvent> {
    let event: Event = serde_json::from_str(source.get()).ok()?;
    let status: Option<EnhancedCode> = event.status.parse().ok();
    let said = judge_failure(status, &event.reason);
    let class = match event.event.as_str() {
        "spamreport" | "unsubscribe" | "group_unsubscribe" => BounceClass::Complaint,
        "bounce" if event.r#type == "blocked" => BounceClass::Soft,
        "bounce" => said.class,
        "dropped" => of_dropped(&event.reason),
        _ => BounceClass::NotABounce,
    };
    Some(ProviderEvent::new(source, class, said.status))
}

/// Sendgrid's own suppression lists.
fn of_dropped(reason: &str) -> BounceClass {
    match reason {
        "Bounced Address" | "Invalid" => BounceClass::Hard,
        "Spam Reporting Address" | "Unsubscribed Address" => BounceClass::Complaint,
        _ => BounceClass::Soft,
    }
}
