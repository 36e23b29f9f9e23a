//! A mail that is owed to one recipient, and what makes it one and the same however often its event comes.

use std::fmt;

use contracts::notification::{Feedback, Purpose, State};
use contracts::offer::OfferVersion;
use contracts::{EmailAddress, PersonId, Source};
use time::OffsetDateTime;
use uuid::{Uuid, uuid};

use crate::domain::content::Content;

/// Namespace of notification ids (RFC 9562 §5.5). Never change it: Message-IDs and bounce addresses are made of them.
const NAMESPACE: Uuid = uuid!("6f0d4b1e-55a7-5c0b-9a40-3c1f7f0b8f11");

/// Names a notification: the same after a replay into a restored database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NotificationId(pub Uuid);

impl NotificationId {
    /// What names the mail towards the world while all mails go to one inbox. The ledger does not know it, so that whatever
    /// comes back from there is about nobody.
    #[must_use]
    pub fn in_rehearsal(self) -> Self {
        Self(Uuid::new_v5(&self.0, b"redirected"))
    }
}

impl fmt::Display for NotificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What makes a notification one: its event, what the mail is for, and which recipient of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NotificationKey {
    pub source: Source,
    pub event_id: Uuid,
    pub purpose: Purpose,
    /// 0 for the first recipient; 1 for the fallback inbox of a team.
    pub recipient: i16,
}

impl NotificationKey {
    /// UUIDv5 of the four.
    #[must_use]
    pub fn id(&self) -> NotificationId {
        let name = format!(
            "{}|{}|{}|{}",
            self.source.service(),
            self.event_id,
            self.purpose.as_str(),
            self.recipient
        );
        NotificationId(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }

    /// The same mail to the next recipient.
    #[must_use]
    pub fn for_recipient(self, recipient: i16) -> Self {
        Self { recipient, ..self }
    }
}

/// How a notification is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Asked for by the person who gets it.
    Delivery,
    /// Acknowledges an enquiry.
    Ack,
    /// To ourselves: never suppressed, and never lost without an alert.
    Team,
    /// What a person consented to hear of besides. No event owes such a mail in this release; relays may say that they carry
    /// them, and who wants none is noted (`Scope::Updates`), so that neither has to be made up for later.
    Updates,
}

impl Class {
    /// Every class, for metrics that start at 0.
    pub const ALL: [Self; 4] = [Self::Delivery, Self::Ack, Self::Team, Self::Updates];

    /// The class of a purpose.
    #[must_use]
    pub const fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Delivery | Purpose::Links | Purpose::MyData => Self::Delivery,
            Purpose::Ack => Self::Ack,
            Purpose::Team => Self::Team,
        }
    }

    /// The words of the purposes that it has.
    #[must_use]
    pub fn purposes(self) -> Vec<&'static str> {
        let mine = Purpose::ALL
            .into_iter()
            .filter(|purpose| Self::of(*purpose) == self);
        mine.map(Purpose::as_str).collect()
    }

    /// The word for it in logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Ack => "ack",
            Self::Team => "team",
            Self::Updates => "updates",
        }
    }

    /// The class that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

/// A notification that an event owes.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNotification {
    pub key: NotificationKey,
    /// The signup, the enquiry, or the request for links or data that it serves.
    pub request_id: Uuid,
    /// Whose data it holds; of a team's mail, the visitor's.
    pub person_id: PersonId,
    /// When the event happened.
    pub event_time: OffsetDateTime,
    pub traceparent: Option<String>,
    pub to: EmailAddress,
    pub content: Content,
    /// The offer version whose texts and file the mail uses.
    pub offer: Option<OfferVersion>,
}

/// How a notification stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub id: NotificationId,
    pub key: NotificationKey,
    /// `None` once its person is erased: there is nobody left to tell.
    pub request_id: Option<Uuid>,
    pub person_id: Option<PersonId>,
    pub traceparent: Option<String>,
    pub revision: i32,
    pub state: State,
    pub reply_code: Option<u16>,
    /// What came back of it after a relay took it.
    pub feedback: Option<Feedback>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> NotificationKey {
        NotificationKey {
            source: Source::Enquiry,
            event_id: uuid!("01998f2e-0000-7000-8000-000000000001"),
            purpose: Purpose::Team,
            recipient: 0,
        }
    }

    #[test]
    fn an_id_never_changes_between_releases() {
        assert_eq!(key().id().to_string(), "2dfa107f-f962-588b-9b2d-512773ffdfb3");
    }

    #[test]
    fn each_of_the_four_makes_another_id() {
        let others = [
            NotificationKey {
                source: Source::Signup,
                ..key()
            },
            NotificationKey {
                event_id: Uuid::nil(),
                ..key()
            },
            NotificationKey {
                purpose: Purpose::Ack,
                ..key()
            },
            key().for_recipient(1),
        ];
        for other in others {
            assert_ne!(other.id(), key().id());
        }
    }
}
