//! 5xx: who is to blame for good.
//!
//! An address is given up if words or codes say so, and nothing says another reason. All else falls on the side that
//! does no lasting harm.

use super::codes::{self, Certainty};
use super::signs::Sign;
use super::{Evidence, ReplyClass, Rule, Verdict};
use crate::domain::attempt::Stage;

/// Reasons that have nothing to do with the mailbox: they overrule what codes say of it.
const OVERRULING: [Rule; 9] = [
    Rule::new(
        Sign::Login,
        ReplyClass::RelayFault,
        "by its words, the relay wants another login or does not relay for us",
    ),
    Rule::new(
        Sign::Authentication,
        ReplyClass::RelayFault,
        "by its words, our domain's SPF, DKIM or DMARC does not pass",
    ),
    Rule::new(
        Sign::Rate,
        ReplyClass::SlowDown,
        "by its words, too much came at once",
    ),
    Rule::new(
        Sign::Reputation,
        ReplyClass::RelayFault,
        "by its words, the sending host is not trusted",
    ),
    Rule::new(
        Sign::Sender,
        ReplyClass::RelayFault,
        "by its words, our sender is not taken",
    ),
    Rule::new(
        Sign::Full,
        ReplyClass::Retry,
        "by its words, the mailbox has no room",
    ),
    Rule::new(
        Sign::Content,
        ReplyClass::ContentPolicy,
        "by its words, this mail is refused for what it is",
    ),
    Rule::new(
        Sign::Greylist,
        ReplyClass::Retry,
        "greylisted: strangers are asked to come again",
    ),
    Rule::new(Sign::Later, ReplyClass::Retry, "by its words, it will pass"),
];

const RECIPIENT: [Rule; 3] = [
    Rule::new(
        Sign::UnknownRecipient,
        ReplyClass::RecipientBad,
        "by its words, nobody has this address",
    ),
    Rule::new(
        Sign::DisabledRecipient,
        ReplyClass::RecipientBad,
        "by its words, the mailbox is closed",
    ),
    Rule::new(
        Sign::UnknownDomain,
        ReplyClass::RecipientBad,
        "by its words, the domain takes no mail",
    ),
];

const OTHERWISE: [Rule; 3] = [
    Rule::new(
        Sign::Trouble,
        ReplyClass::Retry,
        "by its words, a machine or a network is in trouble",
    ),
    Rule::new(
        Sign::Policy,
        ReplyClass::ContentPolicy,
        "by its words, somebody's rules refuse it",
    ),
    Rule::new(
        Sign::Refused,
        ReplyClass::ContentPolicy,
        "it is refused, and the reason is not given",
    ),
];

pub(super) fn judge(stage: Stage, evidence: &Evidence) -> Verdict {
    by_stage(stage, evidence)
        .or_else(|| codes::by_reply_code(evidence.code))
        .or_else(|| codes::by_enhanced_code(evidence, Certainty::Certain))
        .or_else(|| evidence.by_words(&OVERRULING))
        .or_else(|| of_recipient(stage, evidence))
        .or_else(|| evidence.by_words(&OTHERWISE))
        .or_else(|| codes::by_enhanced_code(evidence, Certainty::Likely))
        .unwrap_or(Verdict::new(
            ReplyClass::ContentPolicy,
            "it is refused for good, and the reason is not given",
        ))
}

/// Before the recipient is named, only the relay and we are there to be blamed.
fn by_stage(stage: Stage, evidence: &Evidence) -> Option<Verdict> {
    let passes = [Sign::Rate, Sign::Later]
        .iter()
        .any(|sign| evidence.signs.show(*sign));
    match stage {
        Stage::Session | Stage::Sender if passes => {
            Some(Verdict::new(ReplyClass::SlowDown, "by its words, it will pass"))
        }
        Stage::Session => Some(Verdict::new(
            ReplyClass::RelayFault,
            "the relay refuses the session",
        )),
        Stage::Sender if evidence.code == 552 || evidence.topic() == Some((3, 4)) => Some(Verdict::new(
            ReplyClass::ContentPolicy,
            "the mail is bigger than the relay takes",
        )),
        Stage::Sender => Some(Verdict::new(
            ReplyClass::RelayFault,
            "the relay refuses our sender",
        )),
        Stage::Recipient | Stage::Message => None,
    }
}

/// Words and code, if nothing but the mailbox is blamed. Some refuse unwanted senders in these words when they have
/// seen the mail, so then a code must say it too.
fn of_recipient(stage: Stage, evidence: &Evidence) -> Option<Verdict> {
    let by_code = codes::of_recipient(evidence);
    let rules_refuse = evidence.signs.show(Sign::Policy);
    let machines_fail = evidence.signs.show(Sign::Trouble);
    match (evidence.by_words(&RECIPIENT), by_code) {
        (Some(words), Some(_)) if !machines_fail => Some(words),
        (Some(words), None) if !rules_refuse && !machines_fail && stage == Stage::Recipient => Some(words),
        (None, Some(code)) if !rules_refuse && !machines_fail => Some(code),
        _ => None,
    }
}
