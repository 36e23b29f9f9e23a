//! What a visitor asks: parsed at the door, correct inside.

use contracts::enquiry::{Team, Topic};
use contracts::{EmailAddress, MessageText, PersonId, PersonName, Slug};
use telemetry::TraceParent;
use time::OffsetDateTime;
use uuid::Uuid;

use super::reference::Reference;
use super::route::{Question, RoutingTable};
use super::touch::Touch;

/// A question that can be taken.
#[derive(Debug, Clone)]
pub struct Enquiry {
    pub email: EmailAddress,
    pub name: Option<PersonName>,
    pub topic: Topic,
    pub message: MessageText,
    pub campaign: Option<Slug>,
    pub touch: Touch,
}

/// The same as it came in.
#[derive(Clone, Copy, Default)]
pub struct Typed<'a> {
    pub email: Option<&'a str>,
    pub name: Option<&'a str>,
    pub topic: Option<&'a str>,
    pub message: Option<&'a str>,
    pub campaign: Option<&'a str>,
}

impl std::fmt::Debug for Typed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(…)")
    }
}

/// A part of the question that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Name,
    Email,
    Topic,
    Message,
    Campaign,
}

impl Field {
    /// Its name in a form and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Topic => "topic",
            Self::Message => "message",
            Self::Campaign => "campaign",
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Your name",
            Self::Email => "Your email address",
            Self::Topic => "The topic",
            Self::Message => "Your question",
            Self::Campaign => "The campaign",
        }
    }
}

/// What is wrong with a part, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: Field,
    pub words: String,
}

impl Enquiry {
    /// What the rules look at.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        Question::new(
            &self.topic.slug,
            self.message.expose(),
            &self.email,
            self.campaign.as_ref(),
        )
    }

    /// Checks every part.
    ///
    /// # Errors
    /// All that is wrong, in the order of the form.
    pub fn parse(typed: Typed<'_>, touch: Touch, table: &RoutingTable) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = noted(&mut errors, Field::Name, PersonName::optional(typed.name));
        let email = noted(
            &mut errors,
            Field::Email,
            EmailAddress::parse(typed.email.unwrap_or_default()),
        );
        let topic = noted(&mut errors, Field::Topic, parse_topic(typed.topic, table));
        let message = noted(
            &mut errors,
            Field::Message,
            MessageText::parse(typed.message.unwrap_or_default()),
        );
        let campaign = typed.campaign.map(Slug::parse).transpose();
        let campaign = noted(&mut errors, Field::Campaign, campaign);
        match (name, email, topic, message, campaign) {
            (Some(name), Some(email), Some(topic), Some(message), Some(campaign)) => Ok(Self {
                email,
                name,
                topic,
                message,
                campaign,
                touch,
            }),
            _ => Err(errors),
        }
    }
}

/// A question with all that the program decides about it before it is stored.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// UUIDv7.
    pub id: Uuid,
    pub reference: Reference,
    pub person: PersonId,
    pub enquiry: Enquiry,
    /// The rule that chose the team.
    pub rule: String,
    pub team: Team,
    pub fallback_inbox: EmailAddress,
    pub at: OffsetDateTime,
    pub trace: TraceParent,
}

/// An event as it was told the first time, to be told again under the same id.
#[derive(Clone)]
pub struct Told {
    pub enquiry_id: Uuid,
    pub person: PersonId,
    pub event_id: Uuid,
    pub event_type: String,
    pub event_time: OffsetDateTime,
    pub payload: String,
    pub traceparent: Option<String>,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told")
            .field("event_id", &self.event_id)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("Please choose one of the topics.")]
struct UnknownTopic;

fn parse_topic(typed: Option<&str>, table: &RoutingTable) -> Result<Topic, UnknownTopic> {
    table
        .topic(typed.unwrap_or_default())
        .cloned()
        .ok_or(UnknownTopic)
}

fn noted<T>(
    errors: &mut Vec<FieldError>,
    field: Field,
    parsed: Result<T, impl std::fmt::Display>,
) -> Option<T> {
    parsed
        .map_err(|error| {
            let words = error.to_string();
            errors.push(FieldError { field, words });
        })
        .ok()
}
