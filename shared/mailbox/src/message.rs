//! The mail as the API shows it: Mailpit's field names, and `Envelope` as the one addition.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::envelope::Envelope;

/// Names one mail; a UUIDv7, so ids sort by the time of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailId(Uuid);

impl MailId {
    /// A fresh id that is greater than `last`, also when the clock was set back.
    pub(crate) fn after(last: Option<MailId>) -> Self {
        let fresh = Uuid::now_v7();
        match last {
            Some(MailId(last)) if last >= fresh => Self(Uuid::from_u128(last.as_u128() + 1)),
            _ => Self(fresh),
        }
    }

    /// When the mail came in (UTC, to the millisecond).
    #[must_use]
    pub fn created(self) -> OffsetDateTime {
        let (seconds, nanos) = self.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
        let seconds = i64::try_from(seconds).unwrap_or_default();
        OffsetDateTime::from_unix_timestamp(seconds).map_or(OffsetDateTime::UNIX_EPOCH, |at| {
            at + time::Duration::nanoseconds(i64::from(nanos))
        })
    }
}

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MailId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// A name and an address out of a header; both may be empty.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Address {
    /// The display name, decoded.
    pub name: String,
    /// The address.
    pub address: String,
}

/// What the list shows of a mail, apart from what the mailbox itself decides (id and time).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Outline {
    /// The Message-ID without its angle brackets; empty when there is none.
    #[serde(rename = "MessageID")]
    pub message_id: String,
    /// The first address of From.
    pub from: Address,
    /// The addresses of To.
    pub to: Vec<Address>,
    /// The addresses of Cc.
    pub cc: Vec<Address>,
    /// Recipients that neither To nor Cc names.
    pub bcc: Vec<Address>,
    /// The addresses of Reply-To.
    pub reply_to: Vec<Address>,
    /// The subject, decoded.
    pub subject: String,
    /// Octets of the whole mail.
    pub size: u64,
    /// How many attachments it has, inline ones included.
    pub attachments: usize,
    /// How its text begins, at most 250 characters.
    pub snippet: String,
    /// What SMTP said (not in Mailpit).
    pub envelope: Envelope,
}

/// One mail in the list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The mail's id.
    #[serde(rename = "ID")]
    pub id: MailId,
    /// When it came in.
    #[serde(rename = "Created", with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// All the rest.
    #[serde(flatten)]
    pub outline: Outline,
}

/// One page of the list, newest mail first.
#[derive(Clone, Serialize, Deserialize)]
pub struct MessageList {
    /// Mails in the mailbox.
    pub total: usize,
    /// The same number: the mailbox keeps no read marks.
    pub unread: usize,
    /// Mails in this answer.
    pub count: usize,
    /// Mails that the query matched, on all pages.
    pub messages_count: usize,
    /// How many newer mails were passed over.
    pub start: usize,
    /// The mails.
    pub messages: Vec<Arc<Summary>>,
}

/// One mail with its texts and the list of its attachments.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// The mail's id.
    #[serde(rename = "ID")]
    pub id: MailId,
    /// The Message-ID without its angle brackets; empty when there is none.
    #[serde(rename = "MessageID")]
    pub message_id: String,
    /// The first address of From.
    pub from: Address,
    /// The addresses of To.
    pub to: Vec<Address>,
    /// The addresses of Cc.
    pub cc: Vec<Address>,
    /// Recipients that neither To nor Cc names.
    pub bcc: Vec<Address>,
    /// The addresses of Reply-To.
    pub reply_to: Vec<Address>,
    /// The sender of the envelope; empty for `<>`.
    pub return_path: String,
    /// The subject, decoded.
    pub subject: String,
    /// What the mail says about unsubscribing.
    pub list_unsubscribe: ListUnsubscribe,
    /// The Date header in RFC 3339, or the time of arrival when there is none.
    pub date: String,
    /// The plain text, decoded; empty when there is none.
    pub text: String,
    /// The HTML, decoded; empty when there is none.
    #[serde(rename = "HTML")]
    pub html: String,
    /// Octets of the whole mail.
    pub size: u64,
    /// Parts that the HTML shows in place.
    pub inline: Vec<Attachment>,
    /// Parts to be opened or saved.
    pub attachments: Vec<Attachment>,
    /// What SMTP said (not in Mailpit).
    pub envelope: Envelope,
}

/// The headers of RFC 2369 and RFC 8058, as they are.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUnsubscribe {
    /// The value of List-Unsubscribe; empty when there is none.
    pub header: String,
    /// The addresses in it, without their angle brackets.
    pub links: Vec<String>,
    /// The value of List-Unsubscribe-Post; empty when there is none.
    pub header_post: String,
}

/// A part of a mail that is not its text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attachment {
    /// Names the part within its mail; of no meaning outside.
    #[serde(rename = "PartID")]
    pub part_id: String,
    /// The file name, decoded; `part-N` when there is none.
    pub file_name: String,
    /// The media type without its parameters.
    pub content_type: String,
    /// The Content-ID without its angle brackets; empty when there is none.
    #[serde(rename = "ContentID")]
    pub content_id: String,
    /// Octets of the decoded part.
    pub size: u64,
}

/// These hold names, addresses and texts of people, so their `Debug` shows nothing.
macro_rules! debug_shows_nothing {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

debug_shows_nothing!(
    Address,
    Outline,
    Summary,
    MessageList,
    Message,
    ListUnsubscribe,
    Attachment
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_up_even_when_the_clock_goes_back() {
        let from_the_future = MailId(Uuid::from_u128(u128::MAX >> 8));
        let next = MailId::after(Some(from_the_future));
        assert!(next > from_the_future);
        assert!(MailId::after(Some(next)) > next);
    }

    #[test]
    fn an_id_knows_when_the_mail_came() {
        let age = OffsetDateTime::now_utc() - MailId::after(None).created();
        assert!(age < time::Duration::seconds(5) && age > time::Duration::seconds(-5));
    }

    #[test]
    fn debug_output_shows_no_personal_data() {
        let address = Address {
            name: "Ada".into(),
            address: "ada@mail.example".into(),
        };
        assert_eq!(format!("{address:?}"), "Address(…)");
    }
}
