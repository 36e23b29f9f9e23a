//! What codes mean by themselves.

use super::signs::Sign;
use super::{Evidence, ReplyClass, Verdict};

/// How far an enhanced code can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It is used for one reason only: words do not matter.
    Certain,
    /// Better than nothing.
    Likely,
}

/// Codes of RFC 5321, RFC 4954 §6 and RFC 7504 that are used for one reason only.
pub(super) fn by_reply_code(code: u16) -> Option<Verdict> {
    match code {
        521 => Some(Verdict::new(
            ReplyClass::RelayFault,
            "521: this host takes no mail",
        )),
        525 | 530 | 534 | 535 | 538 => Some(Verdict::new(
            ReplyClass::RelayFault,
            "the relay wants another login or TLS, by its code",
        )),
        556 => Some(Verdict::new(
            ReplyClass::RecipientBad,
            "556: the domain takes no mail",
        )),
        _ => None,
    }
}

/// Registered codes (RFC 3463, RFC 5248), and those that Exchange Online made up.
pub(super) fn by_enhanced_code(evidence: &Evidence, certainty: Certainty) -> Option<Verdict> {
    let (subject, detail) = evidence.topic()?;
    let (class, why) = match certainty {
        Certainty::Certain => certain(subject, detail),
        Certainty::Likely => likely(subject, detail),
    }?;
    Some(Verdict::new(class, why))
}

const fn certain(subject: u16, detail: u16) -> Option<(ReplyClass, &'static str)> {
    match (subject, detail) {
        (1, 7 | 8) => Some((
            ReplyClass::RelayFault,
            "x.1.7, x.1.8: our sender address is not taken",
        )),
        (2, 2) => Some((ReplyClass::Retry, "x.2.2: the mailbox has no room")),
        (2, 3) | (3, 4) => Some((ReplyClass::ContentPolicy, "x.2.3, x.3.4: the mail is too big")),
        (7, 8..=14 | 30) => Some((
            ReplyClass::RelayFault,
            "x.7.8 to 14: the relay wants another login or TLS",
        )),
        (7, 20..=27 | 29) => Some((
            ReplyClass::RelayFault,
            "x.7.20 to 29: SPF, DKIM, DMARC or the host's name do not pass (RFC 7372)",
        )),
        (7, 28) => Some((ReplyClass::SlowDown, "x.7.28: too much came at once")),
        (7, 3 | 57 | 60 | 64) => Some((ReplyClass::RelayFault, "Exchange wants another login")),
        (7, 120..=139) => Some((
            ReplyClass::ContentPolicy,
            "Exchange: the recipient takes mail of some senders only",
        )),
        (7, 500..=899) => Some((
            ReplyClass::RelayFault,
            "Exchange Online refuses our host, domain or tenant",
        )),
        _ => None,
    }
}

const fn likely(subject: u16, detail: u16) -> Option<(ReplyClass, &'static str)> {
    match (subject, detail) {
        (2, 4) | (3, _) => Some((ReplyClass::Retry, "x.3.x: the mail system is in trouble")),
        (4, _) => Some((
            ReplyClass::Retry,
            "x.4.x: the network or the routing is in trouble",
        )),
        (5, 3) => Some((ReplyClass::Retry, "x.5.3: too many recipients")),
        (6, _) => Some((ReplyClass::ContentPolicy, "x.6.x: the mail's form is refused")),
        (7, _) => Some((ReplyClass::ContentPolicy, "x.7.x: refused by a policy")),
        _ => None,
    }
}

/// Codes that say that the mailbox or its domain is not there.
pub(super) fn of_recipient(evidence: &Evidence) -> Option<Verdict> {
    let why = match evidence.topic()? {
        (1, 0 | 1 | 3) => "x.1.0, x.1.1, x.1.3: nobody has this address",
        (4, 1) if evidence.signs.show(Sign::UnknownRecipient) => {
            "x.4.1 of Exchange Online: nobody has this address"
        }
        (1, 2 | 10) | (4, 310) => "x.1.2, x.1.10: the domain takes no mail",
        (1, 6) | (7, 17 | 18) => "x.1.6, x.7.17, x.7.18: the mailbox belongs to somebody else now",
        (2, 1) => "x.2.1: the mailbox is closed",
        _ => return None,
    };
    Some(Verdict::new(ReplyClass::RecipientBad, why))
}
