//! What mail providers tell over webhooks: who may tell it, and what it means.
//!
//! A provider is believed when its signature is right, and an event counts when it names a mail of ours: by the bounce
//! address that the provider echoes, or by our Message-ID, which nobody knows but the mail's recipient.

mod basic_auth;
mod mailgun;
mod postmark;
mod sendgrid;
mod ses;

use serde_json::value::RawValue;
use time::{Duration, OffsetDateTime};

pub use self::mailgun::{Mailgun, MailgunKeyError};
pub use self::postmark::{Postmark, PostmarkLoginError};
pub use self::sendgrid::{Sendgrid, SendgridKeyError};
pub use self::ses::{Certificates, CertificatesError, Ses};

use crate::domain::bounce::BounceClass;
use crate::domain::bounce_address::BounceKey;
use crate::domain::bounce_report::{BounceReport, Finding};
use crate::domain::notification::NotificationId;
use crate::domain::reply_class::EnhancedCode;

/// A provider goes on trying for a day. An older delivery was recorded by somebody; a younger one that comes again changes
/// nothing, since a mail bounces once.
const OLDEST: Duration = Duration::hours(24);
/// Clocks need not agree.
const AHEAD: Duration = Duration::minutes(5);

/// The providers whose webhooks are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    Ses,
    Postmark,
    Mailgun,
    Sendgrid,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ses, Self::Postmark, Self::Mailgun, Self::Sendgrid];

    /// The word for it in paths, tables and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ses => "ses",
            Self::Postmark => "postmark",
            Self::Mailgun => "mailgun",
            Self::Sendgrid => "sendgrid",
        }
    }

    /// The provider that a word of [`Provider::as_str`] stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == word)
    }
}

/// The secrets of the providers that are believed.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    pub ses: Option<Ses>,
    pub postmark: Option<Postmark>,
    pub mailgun: Option<Mailgun>,
    pub sendgrid: Option<Sendgrid>,
}

/// A delivery of a webhook, as far as its signature needs it. `Debug` shows nothing of it.
#[derive(Clone, Copy, Default)]
pub struct Webhook<'a> {
    /// `Authorization`.
    pub authorization: Option<&'a str>,
    /// `X-Twilio-Email-Event-Webhook-Signature`.
    pub signature: Option<&'a str>,
    /// `X-Twilio-Email-Event-Webhook-Timestamp`.
    pub timestamp: Option<&'a str>,
    pub body: &'a [u8],
}

impl std::fmt::Debug for Webhook<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook({} bytes)", self.body.len())
    }
}

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the login is missing or wrong")]
    Login,
    #[error("the signature is missing or wrong")]
    Signature,
    #[error("it was signed too long ago, or in the future")]
    Expired,
    #[error("it is signed, but cannot be read")]
    Unreadable,
}

/// What a believed delivery tells.
#[derive(Debug)]
pub enum Told {
    /// Any number, most of them none of our concern.
    Events(Vec<ProviderEvent>),
    /// Amazon wants somebody to open this URL before it tells anything.
    Subscription { confirm: String },
}

/// One event about one mail.
#[derive(Debug)]
pub struct ProviderEvent {
    /// All that was told of it, in which the mail is named.
    source: Box<RawValue>,
    class: BounceClass,
    status: Option<EnhancedCode>,
}

impl ProviderEvent {
    fn new(source: &RawValue, class: BounceClass, status: Option<EnhancedCode>) -> Self {
        Self {
            source: source.to_owned(),
            class,
            status,
        }
    }

    /// Whether it reports a bounce or a complaint.
    #[must_use]
    pub fn is_bounce(&self) -> bool {
        self.class != BounceClass::NotABounce
    }

    /// The report, if it names a mail of ours. `domain` is that of our Message-IDs.
    #[must_use]
    pub fn report(&self, key: &BounceKey, domain: &str) -> Option<BounceReport> {
        let source = self.source.get();
        let notification = key.find(source).or_else(|| message_id(source, domain))?;
        Some(BounceReport {
            notification,
            findings: vec![Finding {
                person_id: None,
                class: self.class,
                status: self.status,
            }],
        })
    }
}

/// `2a6e5a55-ff61-5d20-a72d-9402eaebbc7d@course.example`, as our mails have it.
fn message_id(text: &str, domain: &str) -> Option<NotificationId> {
    const UUID: usize = 36;
    let host = format!("@{domain}");
    text.match_indices(&host).find_map(|(at, _)| {
        let rest = text[at + host.len()..].bytes().next();
        let ends = !rest.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        let id = text.get(at.checked_sub(UUID)?..at).filter(|_| ends)?;
        id.parse().ok().map(NotificationId)
    })
}

impl Providers {
    /// Whether this provider's webhook is on.
    #[must_use]
    pub fn has(&self, provider: Provider) -> bool {
        match provider {
            Provider::Ses => self.ses.is_some(),
            Provider::Postmark => self.postmark.is_some(),
            Provider::Mailgun => self.mailgun.is_some(),
            Provider::Sendgrid => self.sendgrid.is_some(),
        }
    }

    /// Reads a delivery; `None` from a provider that is not on.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn read(
        &self,
        provider: Provider,
        webhook: Webhook<'_>,
        now: OffsetDateTime,
    ) -> Option<Result<Told, Refusal>> {
        match provider {
            Provider::Ses => Some(self.ses.as_ref()?.read(webhook, now)),
            Provider::Postmark => Some(self.postmark.as_ref()?.read(webhook).map(Told::Events)),
            Provider::Mailgun => Some(self.mailgun.as_ref()?.read(webhook, now).map(Told::Events)),
            Provider::Sendgrid => Some(self.sendgrid.as_ref()?.read(webhook, now).map(Told::Events)),
        }
    }

    /// Header fields that make the providers echo which mail an event is about. Others need none: they echo our Message-ID
    /// or the envelope sender.
    #[must_use]
    pub fn echoes(&self) -> Vec<Echo> {
        let postmark = self.postmark.as_ref().map(|_| Echo::Postmark);
        let sendgrid = self.sendgrid.as_ref().map(|_| Echo::Sendgrid);
        postmark.into_iter().chain(sendgrid).collect()
    }
}

/// A header field that a provider takes out of a mail, and echoes in its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    Postmark,
    Sendgrid,
}

impl Echo {
    /// Its name, and its value for the mail with this bounce address.
    #[must_use]
    pub fn field(self, local_part: &str) -> (&'static str, String) {
        match self {
            Self::Postmark => ("X-PM-Metadata-notification", local_part.to_owned()),
            Self::Sendgrid => (
                "X-SMTPAPI",
                format!(r#"{{"unique_args": {{"notification": "{local_part}"}}}}"#),
            ),
        }
    }
}

fn check_age(signed_at: OffsetDateTime, now: OffsetDateTime) -> Result<(), Refusal> {
    let is_fresh = signed_at >= now - OLDEST && signed_at <= now + AHEAD;
    is_fresh.then_some(()).ok_or(Refusal::Expired)
}

/// Seconds since 1970, as Mailgun and Sendgrid sign them.
fn unix_time(text: &str) -> Result<OffsetDateTime, Refusal> {
    let seconds: i64 = text.parse().map_err(|_| Refusal::Signature)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| Refusal::Signature)
}

#[cfg(test)]
mod tests;
