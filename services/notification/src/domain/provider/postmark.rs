//! Postmark's bounce and spam complaint webhooks (postmarkapp.com/developer/webhooks). They are not signed: the URL that
//! Postmark calls holds a user and a password.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::basic_auth::is_login;
use super::{ProviderEvent, Refusal, Webhook};
use crate::domain::bounce::{BounceClass, judge_failure};

/// `user:password` of the webhook's URL.
#[derive(Debug, Clone)]
pub struct Postmark(SecretString);

/// The login cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be user:password, the password of at least 16 characters")]
pub struct PostmarkLoginError;

const PASSWORD_MIN: usize = 16;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    record_type: String,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    details: String,
}

impl Postmark {
    /// Takes `user:password`.
    ///
    /// # Errors
    /// It is not, or is too short to be a secret.
    pub fn new(login: SecretString) -> Result<Self, PostmarkLoginError> {
        let password = login
            .expose_secret()
            .split_once(':')
            .map(|(_, password)| password);
        if password.is_none_or(|password| password.len() < PASSWORD_MIN) {
            return Err(PostmarkLoginError);
        }
        Ok(Self(login))
    }

    pub(super) fn read(&self, webhook: Webhook<'_>) -> Result<Vec<ProviderEvent>, Refusal> {
        if !is_login(webhook.authorization, &self.0) {
            return Err(Refusal::Login);
        }
        let source: &RawValue = serde_json::from_slice(webhook.body).map_err(|_| Refusal::Unreadable)?;
        let event: Event = serde_json::from_str(source.get()).map_err(|_| Refusal::Unreadable)?;
        let failure = judge_failure(None, &event.details);
        Ok(vec![ProviderEvent::new(source, class_of(&event), failure.status)])
    }
}

/// Postmark's list of bounce types. `Transient` goes on; what is not named here changes nothing.
fn class_of(event: &Event) -> BounceClass {
    match (event.record_type.as_str(), event.r#type.as_str()) {
        ("SpamComplaint", _) | ("Bounce", "SpamComplaint" | "Unsubscribe") => BounceClass::Complaint,
        ("Bounce", "HardBounce" | "BadEmailAddress") => BounceClass::Hard,
        (
            "Bounce",
            "SoftBounce" | "DnsError" | "SpamNotification" | "VirusNotification" | "Blocked" | "DMARCPolicy"
            | "Undeliverable",
        ) => BounceClass::Soft,
        _ => BounceClass::NotABounce,
    }
}
