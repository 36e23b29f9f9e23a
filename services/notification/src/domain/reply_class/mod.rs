//! What a relay's reply means for a mail, its recipient and the relay.
//!
//! Codes alone do not tell: `550 5.7.1` is said of unknown users and of blocked senders, `550 5.2.1` of closed
//! mailboxes and of listed hosts. So codes and words are weighed together, by rules that are wrong in one direction only:
//! an address is given up on strong evidence and no sign of another reason.

mod codes;
mod enhanced_code;
mod line;
mod permanent;
mod signs;
mod transient;

pub use enhanced_code::{EnhancedCode, EnhancedCodeError};
pub use line::ReplyLine;

use self::signs::{Sign, Signs};
use crate::domain::attempt::Stage;

/// What a reply, or its absence, comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplyClass {
    /// The relay has taken the mail, or the step.
    Accepted,
    /// Not now: the same mail again, later.
    Retry,
    /// Not so fast: again later, and less at once.
    SlowDown,
    /// Our host, sender, login or relay is refused: other mails would fare the same, and the recipient is innocent.
    RelayFault,
    /// The mailbox or its domain does not exist any more: never mail it again.
    RecipientBad,
    /// This mail is refused for what it is or for somebody's rules. The next one may be taken.
    ContentPolicy,
    /// Perhaps it was taken: again with the same Message-ID.
    UnknownOutcome,
}

impl ReplyClass {
    /// All of them, for metrics that start at 0.
    pub const ALL: [Self; 7] = [
        Self::Accepted,
        Self::Retry,
        Self::SlowDown,
        Self::RelayFault,
        Self::RecipientBad,
        Self::ContentPolicy,
        Self::UnknownOutcome,
    ];

    /// The word for it in tables, logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Retry => "retry",
            Self::SlowDown => "slow_down",
            Self::RelayFault => "relay_fault",
            Self::RecipientBad => "recipient_bad",
            Self::ContentPolicy => "content_policy",
            Self::UnknownOutcome => "unknown_outcome",
        }
    }

    /// What is done about it, the same word for classes that are treated alike: as `notification reply explain` says it.
    #[must_use]
    pub const fn treatment(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Retry | Self::SlowDown | Self::UnknownOutcome => "retry-later",
            Self::RelayFault => "relay-fault",
            Self::RecipientBad => "suppress",
            Self::ContentPolicy => "content-policy",
        }
    }
}

/// A class, and the rule that chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub class: ReplyClass,
    /// A sentence that names no person.
    pub why: &'static str,
}

impl Verdict {
    const fn new(class: ReplyClass, why: &'static str) -> Self {
        Self { class, why }
    }
}

/// What a reply at a stage means. A reply without a code is judged by its words as a refusal for good, as in a
/// report that quotes no codes.
#[must_use]
pub fn classify(stage: Stage, reply: &ReplyLine) -> Verdict {
    match reply.code {
        Some(200..300) => Verdict::new(ReplyClass::Accepted, "the relay agreed"),
        Some(400..500) => transient::judge(stage, &Evidence::of(reply)),
        // `550 4.1.1`: who contradicts himself may change his mind.
        Some(500..600) if reply.enhanced_code.is_some_and(|code| code.class == 4) => {
            transient::judge(stage, &Evidence::of(reply))
        }
        Some(500..600) | None => permanent::judge(stage, &Evidence::of(reply)),
        Some(_) => Verdict::new(ReplyClass::UnknownOutcome, "the reply makes no sense here"),
    }
}

/// What it means that no reply came at a stage: the connection broke, or the time was up.
#[must_use]
pub const fn classify_silence(stage: Stage) -> Verdict {
    match stage {
        Stage::Session | Stage::Sender => Verdict::new(ReplyClass::RelayFault, "the relay does not answer"),
        Stage::Recipient => Verdict::new(ReplyClass::Retry, "the connection broke before the mail was sent"),
        Stage::Message => Verdict::new(
            ReplyClass::UnknownOutcome,
            "the connection broke when the mail was being sent: perhaps it was taken",
        ),
    }
}

/// What a sign in the words means.
#[derive(Debug)]
struct Rule {
    sign: Sign,
    verdict: Verdict,
}

impl Rule {
    const fn new(sign: Sign, class: ReplyClass, why: &'static str) -> Self {
        Self {
            sign,
            verdict: Verdict::new(class, why),
        }
    }
}

/// What the rules look at.
#[derive(Debug)]
struct Evidence {
    code: u16,
    enhanced_code: Option<EnhancedCode>,
    signs: Signs,
}

impl Evidence {
    fn of(reply: &ReplyLine) -> Self {
        Self {
            code: reply.code.unwrap_or_default(),
            enhanced_code: reply.enhanced_code,
            signs: Signs::of(&reply.text),
        }
    }

    /// The first rule whose sign is shown.
    fn by_words(&self, rules: &[Rule]) -> Option<Verdict> {
        let rule = rules.iter().find(|rule| self.signs.show(rule.sign))?;
        Some(rule.verdict)
    }

    /// Subject and detail of the enhanced code.
    fn topic(&self) -> Option<(u16, u16)> {
        self.enhanced_code.map(EnhancedCode::topic)
    }
}

#[cfg(test)]
mod tests;
