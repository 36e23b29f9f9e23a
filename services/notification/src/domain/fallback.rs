//! A mail that a team's inbox does not take, or sends back: the same is owed to the fallback inbox.

use contracts::PersonId;
use contracts::notification::Purpose;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::claim::OwedMail;
use crate::domain::content::Content;
use crate::domain::notification::{NewNotification, NotificationKey};

/// A mail that will not reach its inbox.
#[derive(Debug, Clone, Copy)]
pub struct Undeliverable<'a> {
    pub key: NotificationKey,
    pub request_id: Uuid,
    pub person_id: PersonId,
    pub event_time: OffsetDateTime,
    pub traceparent: Option<&'a str>,
    pub mail: &'a OwedMail,
}

impl Undeliverable<'_> {
    /// What is owed in its place: nothing for a mail that is none to a team, or was to the fallback inbox itself.
    #[must_use]
    pub fn fallback(&self) -> Option<NewNotification> {
        let OwedMail {
            to,
            content: Content::Team(team),
        } = self.mail
        else {
            return None;
        };
        let is_first = self.key.purpose == Purpose::Team && self.key.recipient == 0;
        (is_first && team.fallback_inbox != *to).then(|| NewNotification {
            key: self.key.for_recipient(1),
            request_id: self.request_id,
            person_id: self.person_id,
            event_time: self.event_time,
            traceparent: self.traceparent.map(str::to_owned),
            to: team.fallback_inbox.clone(),
            content: Content::Team(team.clone()),
            offer: None,
        })
    }
}
