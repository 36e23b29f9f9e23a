//! 4xx: the recipient is never at fault for good, but we may be.

use super::signs::Sign;
use super::{Evidence, ReplyClass, Rule, Verdict};
use crate::domain::attempt::Stage;

const WORDS: [Rule; 9] = [
    Rule::new(
        Sign::Greylist,
        ReplyClass::Retry,
        "greylisted: strangers are asked to come again",
    ),
    Rule::new(Sign::Rate, ReplyClass::SlowDown, "too much at once, by its words"),
    Rule::new(Sign::Full, ReplyClass::Retry, "the mailbox has no room now"),
    Rule::new(
        Sign::Reputation,
        ReplyClass::RelayFault,
        "the sending host is not trusted, by its words",
    ),
    Rule::new(
        Sign::Authentication,
        ReplyClass::RelayFault,
        "our domain's SPF, DKIM or DMARC does not pass",
    ),
    Rule::new(
        Sign::Login,
        ReplyClass::RelayFault,
        "the relay wants another login or TLS, by its words",
    ),
    Rule::new(Sign::Later, ReplyClass::Retry, "it says itself that it will pass"),
    Rule::new(
        Sign::Trouble,
        ReplyClass::Retry,
        "a machine or a network is in trouble",
    ),
    Rule::new(
        Sign::Sender,
        ReplyClass::RelayFault,
        "our sender is not taken, by its words",
    ),
];

pub(super) fn judge(stage: Stage, evidence: &Evidence) -> Verdict {
    by_code(stage, evidence)
        .or_else(|| evidence.by_words(&WORDS))
        .unwrap_or_else(|| by_default(evidence))
}

fn by_code(stage: Stage, evidence: &Evidence) -> Option<Verdict> {
    let rate = evidence.signs.show(Sign::Rate);
    match (evidence.code, evidence.topic()) {
        // RFC 4954 §6: 432 a password transition is needed, 454 a temporary failure. SES says 454 for "too fast".
        (432 | 454, _) if !rate => Some(Verdict::new(
            ReplyClass::RelayFault,
            "login or TLS does not work now",
        )),
        (421, _) if stage == Stage::Session && !rate => Some(Verdict::new(
            ReplyClass::RelayFault,
            "the relay takes no session now",
        )),
        // RFC 7372: 20 to 26 name what did not pass; RFC 3463 §3.8: 8 is the login.
        (_, Some((7, 8 | 20..=27))) => Some(Verdict::new(
            ReplyClass::RelayFault,
            "our login, or our domain's proofs, do not pass",
        )),
        // RFC 5321 §4.2.3: the mailbox, or the machine, has no room.
        (_, Some((2, 2))) => Some(Verdict::new(
            ReplyClass::Retry,
            "4.2.2: the mailbox has no room now",
        )),
        (_, Some((7, 28))) => Some(Verdict::new(ReplyClass::SlowDown, "4.7.28: too much at once")),
        _ => None,
    }
}

fn by_default(evidence: &Evidence) -> Verdict {
    match (evidence.code, evidence.topic()) {
        (421, _) => Verdict::new(ReplyClass::SlowDown, "421: the relay closes the session"),
        (_, Some((7, _))) => Verdict::new(ReplyClass::SlowDown, "4.7.x: put off by a policy"),
        _ => Verdict::new(ReplyClass::Retry, "4xx: not now"),
    }
}
