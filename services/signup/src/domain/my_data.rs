//! What signup knows about a person, for that person: shown on a page and exported as JSON.

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

/// Everything kept about a person. `Debug` shows nothing.
#[derive(Clone, PartialEq, Serialize)]
pub struct MyData {
    pub email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub known_since: OffsetDateTime,
    pub signups: Vec<MySignup>,
    pub consents: Vec<MyConsent>,
    pub downloads: Vec<MyDownload>,
}

/// One request for an offer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MySignup {
    pub id: Uuid,
    pub offer: String,
    pub campaign: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What became of its mail, in notification's words; absent while nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// SMTP reply code of the last attempt to send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_reply_code: Option<i16>,
    /// What came back of it after a relay took it: `bounced` or `complained`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_feedback: Option<String>,
    pub touch: MyTouch,
}

/// Where a signup came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MyTouch {
    #[serde(flatten)]
    pub told: contracts::signup::Touch,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landing_page: Option<String>,
}

/// One piece of evidence.
#[derive(Clone, PartialEq, Serialize)]
pub struct MyConsent {
    pub purpose: String,
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wording_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wording_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    pub method: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// One fetch of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MyDownload {
    pub signup_id: Uuid,
    /// `person` or `scanner`, as far as one can tell.
    pub fetcher: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl fmt::Debug for MyData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MyData(…)")
    }
}

impl fmt::Debug for MyConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MyConsent(…)")
    }
}
