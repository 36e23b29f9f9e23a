//! A report that we act on: it names a mail of ours in a way that nobody else can make up.

use contracts::notification::Feedback;
use contracts::{EmailAddress, PersonId, SubjectKey};

use crate::domain::bounce::{self, Action, Bounce, BounceClass};
use crate::domain::bounce_address::BounceKey;
use crate::domain::incoming_mail::IncomingMail;
use crate::domain::notification::NotificationId;
use crate::domain::provider::Provider;
use crate::domain::reply_class::EnhancedCode;

/// Soft bounces of a person's mails that count as a hard one, within [`SOFT_DAYS`].
pub const SOFT_MAX: i64 = 3;
/// How long a soft bounce counts.
pub const SOFT_DAYS: i32 = 14;

/// How a report came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Via {
    /// Given to the admin API.
    Http,
    /// Delivered by a mail server.
    Lmtp,
    Provider(Provider),
}

impl Via {
    /// All of them, for metrics that start at 0.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Http, Self::Lmtp]
            .into_iter()
            .chain(Provider::ALL.map(Self::Provider))
    }

    /// The word for it in tables and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Lmtp => "lmtp",
            Self::Provider(provider) => provider.as_str(),
        }
    }
}

/// What is said of one recipient of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Whose address the report names, if it names one that we would mail to.
    pub person_id: Option<PersonId>,
    pub class: BounceClass,
    pub status: Option<EnhancedCode>,
}

/// What is said of one mail of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BounceReport {
    pub notification: NotificationId,
    /// One at least, as a rule.
    pub findings: Vec<Finding>,
}

impl BounceReport {
    /// What is said of this person. A list or an alias can have made several recipients of the one that we wrote to: if
    /// none of them is the person, what is best for all of them counts.
    #[must_use]
    pub fn about(&self, person: PersonId) -> Option<Finding> {
        let of_person = self.findings.iter().find(|one| one.person_id == Some(person));
        of_person
            .or_else(|| self.findings.iter().min_by_key(|one| severity(one.class)))
            .copied()
    }
}

const fn severity(class: BounceClass) -> u8 {
    match class {
        BounceClass::NotABounce => 0,
        BounceClass::Soft => 1,
        BounceClass::Hard => 2,
        BounceClass::Complaint => 3,
    }
}

/// What the ledger shows of a class; nothing of what is no bounce.
#[must_use]
pub const fn feedback(class: BounceClass) -> Option<Feedback> {
    match class {
        BounceClass::Hard | BounceClass::Soft => Some(Feedback::Bounced),
        BounceClass::Complaint => Some(Feedback::Complained),
        BounceClass::NotABounce => None,
    }
}

/// What a mail to the bounce address comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    Report(BounceReport),
    /// A robot's answer, a delay that is no end, a person's words.
    NoBounce,
    /// It reports a bounce, but names no mail of ours: anybody can have made it up.
    Unverified,
}

/// The keys that say whose a report is.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    pub bounce: &'a BounceKey,
    pub subject: &'a SubjectKey,
}

/// Reads a mail that came to `envelope`, where that is known. Any bytes may be given.
#[must_use]
pub fn read(keys: Keys<'_>, envelope: Option<&str>, raw: &[u8]) -> Reading {
    let findings: Vec<Finding> = bounce::read(raw)
        .iter()
        .map(|bounce| finding(keys.subject, bounce))
        .collect();
    if findings.iter().all(|one| one.class == BounceClass::NotABounce) {
        return Reading::NoBounce;
    }
    let named = envelope
        .and_then(|address| keys.bounce.find(address))
        .or_else(|| named_in(keys.bounce, raw));
    named.map_or(Reading::Unverified, |notification| {
        Reading::Report(BounceReport {
            notification,
            findings,
        })
    })
}

fn finding(key: &SubjectKey, bounce: &Bounce) -> Finding {
    let address = bounce.recipient.as_ref();
    let address = address.and_then(|recipient| EmailAddress::parse(recipient.expose()).ok());
    // While the mail system goes on trying, nothing has come to an end.
    let class = match bounce.action {
        Some(Action::Delayed) => BounceClass::NotABounce,
        _ => bounce.class,
    };
    Finding {
        person_id: address.map(|address| PersonId::of(key, &address)),
        class,
        status: bounce.status,
    }
}

/// The header first (`To`, `Delivered-To`), then what is reported (`Original-Mail-From`), then the copy (`Return-Path`).
fn named_in(key: &BounceKey, raw: &[u8]) -> Option<NotificationId> {
    let mail = IncomingMail::parse(raw)?;
    key.find(&mail.header_text())
        .or_else(|| mail.parts().find_map(|part| key.find(&part.text)))
}

#[cfg(test)]
mod tests;
