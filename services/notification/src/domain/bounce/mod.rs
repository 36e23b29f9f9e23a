//! What a mail to our bounce address says about the mails that we sent: delivery reports (RFC 3464), the notices of
//! mail systems that write their own, and complaints (RFC 5965).
//!
//! A report proves nothing about who wrote it: whoever acts on it checks the signed address that it came to first.

mod answer;
mod delivery_status;
mod explanation;
mod feedback;
mod fields;
mod judgement;
mod notice;
mod recipient;
mod recipients;
mod unsubscription;

pub use recipient::Recipient;

use crate::domain::incoming_mail::IncomingMail;
use crate::domain::reply_class::EnhancedCode;

/// We send each mail to one recipient: a report on many more is none of ours, and must not cost much.
const RECIPIENTS_MAX: usize = 50;

/// What a report means for a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BounceClass {
    /// The mailbox or its domain does not exist.
    Hard,
    /// It was not delivered, and the recipient is not, or not for good, the reason.
    Soft,
    /// The recipient called it spam, or wants no more of it.
    Complaint,
    /// Delivered, or no report at all.
    NotABounce,
}

impl BounceClass {
    /// All of them, for metrics that start at 0.
    pub const ALL: [Self; 4] = [Self::Hard, Self::Soft, Self::Complaint, Self::NotABounce];

    /// The word for it in tables, metrics and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Complaint => "complaint",
            Self::NotABounce => "not-a-bounce",
        }
    }
}

/// What the reporting mail system has done (RFC 3464 §2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Failed,
    /// It goes on trying.
    Delayed,
    Delivered,
    /// Handed to a mail system that writes no reports.
    Relayed,
    /// Handed to a list or to several addresses.
    Expanded,
}

impl Action {
    /// The word of RFC 3464.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }

    fn misspelt(word: &str) -> Option<Self> {
        match word {
            "failure" | "fail" => Some(Self::Failed),
            "deliverable" | "deliver" => Some(Self::Delivered),
            "expand" => Some(Self::Expanded),
            "relay" => Some(Self::Relayed),
            _ => None,
        }
    }

    /// Comments and later words are left out: `failed (permanently)`.
    fn parse(text: &str) -> Option<Self> {
        let word = text
            .split(|c: char| !c.is_ascii_alphabetic())
            .find(|word| !word.is_empty())?;
        let all = [
            Self::Failed,
            Self::Delayed,
            Self::Delivered,
            Self::Relayed,
            Self::Expanded,
        ];
        all.into_iter()
            .find(|action| action.as_str().eq_ignore_ascii_case(word))
            .or_else(|| Self::misspelt(&word.to_ascii_lowercase()))
    }
}

/// What is said of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// `None` if the report does not tell.
    pub recipient: Option<Recipient>,
    pub class: BounceClass,
    pub status: Option<EnhancedCode>,
    pub action: Option<Action>,
    /// A sentence that names no person.
    pub why: &'static str,
}

impl Bounce {
    const fn none(why: &'static str) -> Self {
        Self {
            recipient: None,
            class: BounceClass::NotABounce,
            status: None,
            action: None,
            why,
        }
    }
}

/// Reads a mail: one entry for each recipient that it reports on, and a single one of class `NotABounce` if it reports
/// nothing. Any bytes may be given.
#[must_use]
pub fn read(raw: &[u8]) -> Vec<Bounce> {
    IncomingMail::parse(raw).map_or_else(|| vec![Bounce::none("it is no mail")], |mail| read_mail(&mail))
}

fn read_mail(mail: &IncomingMail) -> Vec<Bounce> {
    feedback::read(mail)
        .or_else(|| delivery_status::read(mail))
        .or_else(|| notice::read(mail))
        .or_else(|| unsubscription::read(mail))
        .or_else(|| answer::read(mail))
        .unwrap_or_else(|| vec![Bounce::none("it is neither a delivery report nor a complaint")])
}

/// What a provider's own report of a final failure means: its status, and the reply that it quotes.
#[must_use]
pub fn judge_failure(status: Option<EnhancedCode>, reply: &str) -> Bounce {
    let said = judgement::Said {
        recipient: None,
        action: Some(Action::Failed),
        status,
        reason: reply.to_owned(),
        context: String::new(),
    };
    said.judge()
}

#[cfg(test)]
mod tests;
