//! What a request owes, and the stored event that says so.

use std::fmt;

use contracts::PersonId;
use time::OffsetDateTime;
use uuid::Uuid;

/// A mail that somebody asked for with an address, besides the offer itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// Fresh links to what the address owns.
    Links,
    /// A link to one's own data.
    MyData,
}

impl MailKind {
    /// The word for it in tables and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::MyData => "my_data",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Links, Self::MyData]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// What a request owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// A signup: the delivery mail.
    Delivery,
    Mail(MailKind),
}

/// The event of a request as it was stored with it: told again, it is the same to the byte. `Debug` shows no data.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub id: Uuid,
    pub owed: Owed,
    pub person: PersonId,
    pub time: OffsetDateTime,
    pub payload: Vec<u8>,
}

impl fmt::Debug for StoredEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEvent")
            .field("id", &self.id)
            .field("owed", &self.owed)
            .finish_non_exhaustive()
    }
}
