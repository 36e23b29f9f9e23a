//! What enquiry tells on `enquiry.events`. Key: enquiry id; of an erasure confirmation, person id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{EmailAddress, MessageText, Payload, PersonId, PersonName, Slug, Source, topics};

/// A visitor asked a question: a team is owed a mail, and the visitor an acknowledgement if it says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnquiryAccepted {
    pub enquiry_id: Uuid,
    /// What visitor and team call it by, such as `Q-7K3M-9QXP`.
    pub reference: String,
    pub person_id: PersonId,
    pub email: EmailAddress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    pub topic: Topic,
    pub message: MessageText,
    /// The campaign that the visitor came by, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Slug>,
    pub team: Team,
    /// Name of the rule that chose the team.
    pub rule: String,
    /// Where the mail goes if the team's inbox refuses it for good.
    pub fallback_inbox: EmailAddress,
    /// False where the address's budget for acknowledgements is used up.
    pub acknowledge: bool,
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub accepted_at: OffsetDateTime,
}

/// What the question is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Topic {
    pub slug: Slug,
    pub title: String,
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Team {
    pub slug: Slug,
    pub name: String,
    pub inbox: EmailAddress,
}

/// Enquiry has erased the person, as [`crate::signup::PersonErased`] asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErasureConfirmed {
    pub person_id: PersonId,
    /// The time of the erasure that this confirms.
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub erased_at: OffsetDateTime,
}

impl Payload for EnquiryAccepted {
    const TYPE: &'static str = "leadstream.enquiry.accepted.v1";
    const SOURCE: Source = Source::Enquiry;
    const TOPIC: &'static str = topics::ENQUIRY_EVENTS;
}

impl Payload for ErasureConfirmed {
    const TYPE: &'static str = "leadstream.enquiry.erasure_confirmed.v1";
    const SOURCE: Source = Source::Enquiry;
    const TOPIC: &'static str = topics::ENQUIRY_EVENTS;
}
