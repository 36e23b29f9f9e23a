//! What a mail says, as it is kept in the ledger until a relay has taken the mail.

use std::fmt;

use contracts::signup::{FreshDownload, MailLinks};
use contracts::{EmailAddress, MessageText, PersonName, Slug};
use serde::{Deserialize, Serialize};

/// The facts that a template is filled with. `Debug` shows the kind alone: the rest are links with tokens and what a
/// visitor wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    Delivery(Delivery),
    Links(Links),
    MyData(MyData),
    Ack(Ack),
    Team(Team),
}

/// The offer that was asked for.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    pub greeting: String,
    pub download: String,
    /// Only where the box for updates was ticked.
    pub confirm: Option<String>,
    pub links: MailLinks,
}

/// Fresh links to what an address owns.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Links {
    pub downloads: Vec<FreshDownload>,
    pub links: MailLinks,
}

/// The link to one's own data.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct MyData {
    pub link: String,
    pub links: MailLinks,
}

/// What an acknowledgement may say: nothing of it was typed by the visitor.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Ack {
    pub reference: String,
    pub topic: String,
    pub team: String,
}

/// An enquiry, for the team.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Team {
    pub reference: String,
    pub topic: String,
    pub team: String,
    /// Name of the rule that chose the team.
    pub rule: String,
    pub campaign: Option<Slug>,
    pub visitor: EmailAddress,
    pub name: Option<PersonName>,
    pub message: MessageText,
    /// Where the mail goes if the team's inbox refuses it for good.
    pub fallback_inbox: EmailAddress,
}

impl Content {
    /// The links that mails to leads carry.
    #[must_use]
    pub fn links(&self) -> Option<&MailLinks> {
        match self {
            Self::Delivery(delivery) => Some(&delivery.links),
            Self::Links(links) => Some(&links.links),
            Self::MyData(my_data) => Some(&my_data.links),
            Self::Ack(_) | Self::Team(_) => None,
        }
    }
}

macro_rules! debug_shows_nothing {
    ($($type:ident),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("…")
            }
        }
    )*};
}

debug_shows_nothing!(Delivery, Links, MyData, Ack, Team);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_kind_alone() {
        let links = MailLinks {
            unsubscribe: "https://example.com/u/token".to_owned(),
            my_data: "https://example.com/me".to_owned(),
        };
        let content = Content::MyData(MyData {
            link: "https://example.com/me/token".to_owned(),
            links,
        });
        assert_eq!(format!("{content:?}"), "MyData(…)");
    }
}
