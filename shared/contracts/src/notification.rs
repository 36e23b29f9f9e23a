//! What notification tells on `notification.events`. Key: request id; of a stored offer, its slug; of an erasure
//! confirmation, the person id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::offer::OfferVersion;
use crate::{Payload, PersonId, Source, topics};

/// What a mail is for. One event may owe several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The offer that was asked for.
    Delivery,
    /// Fresh links to what the address owns.
    Links,
    /// The link to one's own data.
    MyData,
    /// Acknowledgement of an enquiry.
    Ack,
    /// The enquiry itself, to the team.
    Team,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 5] = [Self::Delivery, Self::Links, Self::MyData, Self::Ack, Self::Team];

    /// The word for it in tables, events and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Links => "links",
            Self::MyData => "my_data",
            Self::Ack => "ack",
            Self::Team => "team",
        }
    }

    /// The purpose that a word of [`Purpose::as_str`] stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// How far a notification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the ledger; will be tried, or tried again.
    Queued,
    /// In the ledger; its offer version has not arrived.
    WaitingForOffer,
    /// A relay took it.
    Accepted,
    /// Given up: refused for good, or the horizon has passed.
    Failed,
    /// Not mailed: the person must not be mailed.
    Suppressed,
    /// The event was set aside in the dead letters.
    Parked,
}

impl State {
    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Failed | Self::Suppressed)
    }

    /// The word for it in tables, events and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::WaitingForOffer => "waiting_for_offer",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
            Self::Parked => "parked",
        }
    }

    /// The state that a word of [`State::as_str`] stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [
            Self::Queued,
            Self::WaitingForOffer,
            Self::Accepted,
            Self::Failed,
            Self::Suppressed,
            Self::Parked,
        ];
        all.into_iter().find(|state| state.as_str() == word)
    }
}

/// What the recipient's side made of a mail after a relay took it. The state stays `accepted`: that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    /// It came back: it was not delivered.
    Bounced,
    /// The recipient called it spam, or wants no more of it.
    Complained,
}

impl Feedback {
    /// The word for it in tables, events and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }

    /// The feedback that a word of [`Feedback::as_str`] stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Bounced, Self::Complained]
            .into_iter()
            .find(|feedback| feedback.as_str() == word)
    }
}

/// A notification has come so far. A repeated event is answered with the current state again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StateChanged {
    /// The signup, the enquiry, or the request for links or data that it serves.
    pub request_id: Uuid,
    /// The event that owes it.
    pub event_id: Uuid,
    pub purpose: Purpose,
    /// 0 for the first recipient of this purpose.
    pub recipient: i16,
    /// Grows with each change; a state with a lower one is older.
    pub revision: i32,
    pub state: State,
    /// SMTP reply code of the last attempt, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_code: Option<u16>,
    /// What came back of it since; programs before this field ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Feedback>,
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub at: OffsetDateTime,
}

/// Notification holds this offer version and its whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfferStored {
    pub offer: OfferVersion,
}

/// Notification has erased the person, as [`crate::signup::PersonErased`] asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErasureConfirmed {
    pub person_id: PersonId,
    /// The time of the erasure that this confirms.
    #[serde(with = "crate::instant")]
    #[schemars(with = "String")]
    pub erased_at: OffsetDateTime,
}

macro_rules! told_by_notification {
    ($($type:ty => $name:literal),* $(,)?) => {$(
        impl Payload for $type {
            const TYPE: &'static str = $name;
            const SOURCE: Source = Source::Notification;
            const TOPIC: &'static str = topics::NOTIFICATION_EVENTS;
        }
    )*};
}

told_by_notification! {
    StateChanged => "leadstream.notification.state_changed.v1",
    OfferStored => "leadstream.notification.offer_stored.v1",
    ErasureConfirmed => "leadstream.notification.erasure_confirmed.v1",
}
