//! What signup tells on `signup.events`. Key: person id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::offer::OfferVersion;
use crate::{EmailAddress, Payload, PersonId, PersonName, Slug, Source, topics};

/// A lead asked for an offer and is owed the delivery mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SignupAccepted {
    pub signup_id: Uuid,
    pub person_id: PersonId,
    pub email: EmailAddress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    pub campaign: Slug,
    /// `instagram`, `linkedin`, `youtube`, …
    pub channel: String,
    /// How the campaign greets, for the mail.
    pub greeting: String,
    pub offer: OfferVersion,
    /// Title of the offer, for a mail that must go without its version.
    pub offer_title: String,
    pub links: MailLinks,
    /// The signed link to the file.
    pub download: String,
    /// The link that confirms consent to updates; only where the box was ticked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    pub touch: Touch,
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub accepted_at: OffsetDateTime,
}

/// Links that every mail to a lead carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailLinks {
    /// The one-click unsubscribe URI of RFC 8058; its page also offers "this was not me".
    pub unsubscribe: String,
    /// The form for one's own data; without a token, since mails get forwarded.
    pub my_data: String,
}

/// Where a signup came from: what came in, folded to lower case and capped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Touch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_medium: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_campaign: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_term: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_content: Option<String>,
    /// Host class of the referrer, never the whole URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer_class: Option<String>,
    /// Name of the click id parameter, such as `gclid`; the id itself stays in signup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_id_kind: Option<String>,
    /// GA4's default channel group, such as `Organic Social`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_group: Option<String>,
}

/// Somebody asked for fresh links to what this address owns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LinksRequested {
    pub request_id: Uuid,
    pub person_id: PersonId,
    pub email: EmailAddress,
    pub downloads: Vec<FreshDownload>,
    pub links: MailLinks,
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub requested_at: OffsetDateTime,
}

/// One file that an address owns, with a fresh link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreshDownload {
    pub title: String,
    pub url: String,
}

/// Somebody asked to see, take along or erase the data of this address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MyDataRequested {
    pub request_id: Uuid,
    pub person_id: PersonId,
    pub email: EmailAddress,
    /// Valid for one hour.
    pub link: String,
    pub links: MailLinks,
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub requested_at: OffsetDateTime,
}

/// A person does not want mails of this scope any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unsubscribed {
    pub person_id: PersonId,
    pub scope: UnsubscribeScope,
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub at: OffsetDateTime,
}

/// How much an unsubscribe stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnsubscribeScope {
    /// Class `updates`; what is asked for still comes.
    Updates,
    /// "This was not me": everything but mails of class `team`.
    Everything,
}

/// A person confirmed the consent to updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdatesConfirmed {
    pub person_id: PersonId,
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub at: OffsetDateTime,
}

/// A person was erased in signup; enquiry and notification must do the same and confirm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PersonErased {
    pub person_id: PersonId,
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub erased_at: OffsetDateTime,
}

macro_rules! told_by_signup {
    ($($type:ty => $name:literal),* $(,)?) => {$(
        impl Payload for $type {
            const TYPE: &'static str = $name;
            const SOURCE: Source = Source::Signup;
            const TOPIC: &'static str = topics::SIGNUP_EVENTS;
        }
    )*};
}

told_by_signup! {
    SignupAccepted => "leadstream.signup.accepted.v1",
    LinksRequested => "leadstream.signup.links_requested.v1",
    MyDataRequested => "leadstream.signup.my_data_requested.v1",
    Unsubscribed => "leadstream.signup.unsubscribed.v1",
    UpdatesConfirmed => "leadstream.signup.updates_confirmed.v1",
    PersonErased => "leadstream.signup.person_erased.v1",
}
