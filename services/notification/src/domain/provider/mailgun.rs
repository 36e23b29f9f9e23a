//! Mailgun's webhooks (documentation.mailgun.com, "Securing webhooks"): HMAC-SHA-256 of timestamp and token.
//!
//! The signature does not cover the event. What is told is believed only about a mail whose bounce address or Message-ID
//! is told too, and those nobody can guess.

use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;
use time::OffsetDateTime;

use super::{ProviderEvent, Refusal, Webhook, check_age, unix_time};
use crate::domain::bounce::{BounceClass, judge_failure};

/// The HTTP webhook signing key.
#[derive(Debug, Clone)]
pub struct Mailgun(SecretString);

/// The key cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the signing key of at least 16 characters")]
pub struct MailgunKeyError;

const KEY_MIN: usize = 16;

#[derive(Deserialize)]
struct Body<'a> {
    signature: Signature,
    #[serde(rename = "event-data", borrow)]
    event_data: &'a RawValue,
}

#[derive(Deserialize)]
struct Signature {
    timestamp: String,
    token: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Event {
    event: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    delivery_status: DeliveryStatus,
}

#[derive(Default, Deserialize)]
struct DeliveryStatus {
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

impl Mailgun {
    /// Takes the signing key.
    ///
    /// # Errors
    /// It is too short to be one.
    pub fn new(key: SecretString) -> Result<Self, MailgunKeyError> {
        if key.expose_secret().len() < KEY_MIN {
            return Err(MailgunKeyError);
        }
        Ok(Self(key))
    }

    pub(super) fn read(
        &self,
        webhook: Webhook<'_>,
        now: OffsetDateTime,
    ) -> Result<Vec<ProviderEvent>, Refusal> {
        let body: Body = serde_json::from_slice(webhook.body).map_err(|_| Refusal::Signature)?;
        self.verify(&body.signature)?;
        check_age(unix_time(&body.signature.timestamp)?, now)?;
        let event: Event = serde_json::from_str(body.event_data.get()).map_err(|_| Refusal::Unreadable)?;
        let said = judge_failure(None, &event.delivery_status.words());
        let class = event.class(said.class);
        Ok(vec![ProviderEvent::new(body.event_data, class, said.status)])
    }

    fn verify(&self, signature: &Signature) -> Result<(), Refusal> {
        let given = HEXLOWER_PERMISSIVE.decode(signature.signature.as_bytes());
        let given = given.map_err(|_| Refusal::Signature)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(signature.timestamp.as_bytes());
        mac.update(signature.token.as_bytes());
        mac.verify_slice(&given).map_err(|_| Refusal::Signature)
    }
}

impl Event {
    /// `said` is what the reply says that Mailgun quotes. A temporary failure goes on.
    fn class(&self, said: BounceClass) -> BounceClass {
        match (self.event.as_str(), self.severity.as_str()) {
            ("complained" | "unsubscribed", _) => BounceClass::Complaint,
            ("failed", "permanent") => match self.reason.as_str() {
                "suppress-bounce" => BounceClass::Hard,
                "suppress-complaint" | "suppress-unsubscribe" => BounceClass::Complaint,
                _ => said,
            },
            _ => BounceClass::NotABounce,
        }
    }
}

impl DeliveryStatus {
    fn words(&self) -> String {
        let code = self.code.map(|code| code.to_string()).unwrap_or_default();
        let said = [&self.message, &self.description]
            .into_iter()
            .flatten()
            .find(|said| !said.is_empty());
        let said = said.map_or("", String::as_str);
        if said.starts_with(&code) {
            said.to_owned()
        } else {
            format!("{code} {said}")
        }
    }
}
