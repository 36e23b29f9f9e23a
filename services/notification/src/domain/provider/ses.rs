//! Amazon SES, whose notifications come by SNS (docs.aws.amazon.com/sns, "Verifying the signatures of messages").
//!
//! Anybody can have Amazon sign messages of a topic of their own: the topic counts as much as the signature. The
//! certificate is a setting and is not fetched from where the message says it is: a program that opens URLs which come from
//! outside needs a way out of the cluster, and is one more way in.

use std::fmt;

use data_encoding::BASE64;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;
use webpki::EndEntityCert;
use webpki::ring::RSA_PKCS1_2048_8192_SHA256;

use super::{ProviderEvent, Refusal, Told, Webhook, check_age};
use crate::domain::bounce::{BounceClass, judge_failure};
use crate::domain::reply_class::EnhancedCode;

/// Whose messages are believed.
#[derive(Debug, Clone)]
pub struct Ses {
    /// `arn:aws:sns:…`, one or several.
    pub topics: Vec<String>,
    pub certificates: Certificates,
}

/// The certificates that SNS signs with; two while Amazon changes from one to the next.
#[derive(Clone)]
pub struct Certificates(Vec<CertificateDer<'static>>);

/// The certificates cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the PEM certificate that messages name as SigningCertURL, one or several")]
pub struct CertificatesError;

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificates({})", self.0.len())
    }
}

impl Certificates {
    /// Reads certificates in PEM.
    ///
    /// # Errors
    /// There is none, or one that is none.
    pub fn parse(pem: &[u8]) -> Result<Self, CertificatesError> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let read = read.map_err(|_| CertificatesError)?;
        let usable = read.iter().all(|one| EndEntityCert::try_from(one).is_ok());
        if read.is_empty() || !usable {
            return Err(CertificatesError);
        }
        Ok(Self(read))
    }

    fn verify(
        &self,
        algorithm: &dyn SignatureVerificationAlgorithm,
        signed: &[u8],
        signature: &[u8],
    ) -> bool {
        self.0.iter().any(|certificate| {
            EndEntityCert::try_from(certificate)
                .and_then(|end| end.verify_signature(algorithm, signed, signature))
                .is_ok()
        })
    }
}

/// The envelope of SNS.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    r#type: String,
    message_id: String,
    topic_arn: String,
    #[serde(default)]
    subject: Option<String>,
    message: String,
    timestamp: String,
    signature_version: String,
    signature: String,
    #[serde(default, rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    #[serde(default)]
    token: Option<String>,
}

impl Ses {
    pub(super) fn read(&self, webhook: Webhook<'_>, now: OffsetDateTime) -> Result<Told, Refusal> {
        let message: Message = serde_json::from_slice(webhook.body).map_err(|_| Refusal::Signature)?;
        self.verify(&message)?;
        let signed_at = OffsetDateTime::parse(&message.timestamp, &Rfc3339);
        check_age(signed_at.map_err(|_| Refusal::Unreadable)?, now)?;
        match message.r#type.as_str() {
            "Notification" => Ok(Told::Events(events(&message.message))),
            "SubscriptionConfirmation" => {
                let confirm = message.subscribe_url.filter(|url| is_of_amazon(url));
                let confirm = confirm.ok_or(Refusal::Unreadable)?;
                Ok(Told::Subscription { confirm })
            }
            _ => Ok(Told::Events(Vec::new())),
        }
    }

    fn verify(&self, message: &Message) -> Result<(), Refusal> {
        let signature = BASE64
            .decode(message.signature.as_bytes())
            .map_err(|_| Refusal::Signature)?;
        let algorithm: &dyn SignatureVerificationAlgorithm = match message.signature_version.as_str() {
            "1" => &RsaSha1,
            "2" => RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(Refusal::Signature),
        };
        let is_ours = self.topics.contains(&message.topic_arn);
        let is_right = self
            .certificates
            .verify(algorithm, message.signed().as_bytes(), &signature);
        (is_ours && is_right).then_some(()).ok_or(Refusal::Signature)
    }
}

impl Message {
    /// What is signed: names and values of some fields, each on a line, by name.
    fn signed(&self) -> String {
        let fields = [
            ("Message", Some(&self.message)),
            ("MessageId", Some(&self.message_id)),
            (
                "Subject",
                self.subject.as_ref().filter(|_| self.is_notification()),
            ),
            (
                "SubscribeURL",
                self.subscribe_url.as_ref().filter(|_| !self.is_notification()),
            ),
            ("Timestamp", Some(&self.timestamp)),
            ("Token", self.token.as_ref().filter(|_| !self.is_notification())),
            ("TopicArn", Some(&self.topic_arn)),
            ("Type", Some(&self.r#type)),
        ];
        let lines = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        lines.map(|(name, value)| format!("{name}\n{value}\n")).collect()
    }

    fn is_notification(&self) -> bool {
        self.r#type == "Notification"
    }
}

/// Only Amazon's own hosts are shown to an operator as a link to open.
fn is_of_amazon(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        let host = host.strip_suffix(".cn").unwrap_or(host);
        url.scheme() == "https" && host.starts_with("sns.") && host.ends_with(".amazonaws.com")
    })
}

/// SNS signs so unless a topic is set to version 2. A second text with the same sum would have to be made by Amazon.
#[derive(Debug)]
struct RsaSha1;

impl SignatureVerificationAlgorithm for RsaSha1 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY;
        ring::signature::UnparsedPublicKey::new(algorithm, public_key)
            .verify(message, signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    /// Asked for when a certificate is verified, which is not done here.
    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_PKCS1_SHA256
    }
}

/// What SES tells: `notificationType` from an identity's feedback, `eventType` from a configuration set.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(alias = "eventType")]
    notification_type: String,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounce_sub_type: String,
    #[serde(default)]
    bounced_recipients: Vec<BouncedRecipient>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BouncedRecipient {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    diagnostic_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complaint_feedback_type: Option<String>,
}

/// A message that is none of these (Amazon's test message is plain text) tells nothing.
pub(super) fn events(message: &str) -> Vec<ProviderEvent> {
    let read = || {
        let source: &RawValue = serde_json::from_str(message).ok()?;
        let event: Event = serde_json::from_str(message).ok()?;
        let (class, status) = event.says();
        Some(ProviderEvent::new(source, class, status))
    };
    read().into_iter().collect()
}

impl Event {
    fn says(&self) -> (BounceClass, Option<EnhancedCode>) {
        match (self.notification_type.as_str(), &self.bounce, &self.complaint) {
            ("Bounce", Some(bounce), _) => bounce.says(),
            ("Complaint", _, Some(complaint)) => (complaint.class(), None),
            _ => (BounceClass::NotABounce, None),
        }
    }
}

impl Bounce {
    /// SES reports answers of robots as transient bounces, without the reply of a mail server.
    fn says(&self) -> (BounceClass, Option<EnhancedCode>) {
        let recipient = self.bounced_recipients.first();
        let status = recipient.and_then(|one| one.status.as_deref()?.parse().ok());
        let reply = recipient.and_then(|one| one.diagnostic_code.as_deref());
        let said = reply.map(|reply| judge_failure(status, without_type(reply)).class);
        let class = match (self.bounce_type.as_str(), self.bounce_sub_type.as_str(), said) {
            ("Permanent", "NoEmail" | "Suppressed" | "OnAccountSuppressionList", _)
            | ("Permanent", _, None) => BounceClass::Hard,
            ("Permanent", _, Some(said)) => said,
            ("Transient", "General", None) => BounceClass::NotABounce,
            _ => BounceClass::Soft,
        };
        (class, status)
    }
}

/// RFC 3464 §2.3.6: `smtp; 550 …`.
fn without_type(reply: &str) -> &str {
    reply.split_once(';').map_or(reply, |(_, said)| said.trim())
}

impl Complaint {
    /// The registry of RFC 5965 §7.3.
    fn class(&self) -> BounceClass {
        match self.complaint_feedback_type.as_deref() {
            Some("not-spam" | "auth-failure" | "virus") => BounceClass::NotABounce,
            _ => BounceClass::Complaint,
        }
    }
}
