//! One try to hand a mail over, the relays that were asked for it, and what it came to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use contracts::EmailAddress;

use crate::domain::reply::Reply;
use crate::domain::reply_class::{ReplyClass, ReplyLine, classify, classify_silence};

/// How far the dialogue with the relay had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Connection, greeting, EHLO, TLS, login.
    Session,
    /// `MAIL FROM`: our address, the same party whoever the recipient is.
    Sender,
    /// `RCPT TO`, or the wish to send `DATA`.
    Recipient,
    /// The mail itself, after 354.
    Message,
}

impl Stage {
    /// The word for it in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Message => "message",
        }
    }
}

/// A relay's name in `relays.toml`: fit for logs and metrics.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayName(Arc<str>);

impl RelayName {
    const MAX: usize = 32;

    /// The name of the one relay of `SMTP_URL`.
    #[must_use]
    pub fn only() -> Self {
        Self("relay".into())
    }

    /// Reads a name of lower-case letters, digits and hyphens.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_name = (1..=Self::MAX).contains(&text.len()) && text.bytes().all(fits);
        is_name.then(|| Self(text.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RelayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a relay said about a mail, or did not say, and what that means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub stage: Stage,
    pub class: ReplyClass,
    /// `None`: the connection could not be made or broke, the time was up, or the relay made no sense.
    pub reply: Option<Reply>,
}

/// What an answer says about the relay that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayHealth {
    /// It works, whatever it thinks of this mail.
    Works,
    /// It wants less at once.
    Slow,
    /// Perhaps it is at fault, perhaps the recipient's provider that it speaks for.
    Doubtful,
    /// Any other mail would have fared the same.
    Faulty,
}

/// What an answer says about the mail system of the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderMood {
    /// It took the mail, as far as we can see.
    Took,
    /// It put this mail off.
    PutOff,
    /// It wants less at once, or does not answer.
    Slow,
    /// Nothing about how fast we may be.
    Neutral,
}

impl Answer {
    /// What a relay said. `text` is all its lines without the code; `recipient` is whose name is not kept.
    #[must_use]
    pub fn of_reply(stage: Stage, code: u16, text: &str, recipient: &EmailAddress) -> Self {
        let line = ReplyLine::of_reply(code, text);
        Self {
            stage,
            class: classify(stage, &line).class,
            reply: Some(Reply::new(code, &line, recipient)),
        }
    }

    /// No answer, or one that makes no sense.
    #[must_use]
    pub const fn silence(stage: Stage) -> Self {
        Self {
            stage,
            class: classify_silence(stage).class,
            reply: None,
        }
    }

    /// The same answer about a mail with the sender `<>`. Some relays take that from nobody: it is refused for what it
    /// is then, and others have nothing to fear.
    #[must_use]
    pub fn to_null_sender(self) -> Self {
        let is_about_it =
            self.stage == Stage::Sender && self.code().is_some_and(|code| (500..600).contains(&code));
        let stage = if is_about_it { Stage::Recipient } else { self.stage };
        Self { stage, ..self }
    }

    /// The reply's code, if there was a reply.
    #[must_use]
    pub fn code(&self) -> Option<u16> {
        self.reply.as_ref().map(|reply| reply.code)
    }

    /// Up to `MAIL FROM` all is about the relay. What it says later may be a recipient's provider speaking through it,
    /// but for what ends the session (421) and throttles it (SES says 454).
    #[must_use]
    pub fn relay_health(&self) -> RelayHealth {
        let is_early = self.stage <= Stage::Sender;
        let ends_session = self.code() == Some(421);
        match self.class {
            ReplyClass::Accepted | ReplyClass::RecipientBad | ReplyClass::ContentPolicy => RelayHealth::Works,
            ReplyClass::SlowDown if is_early || matches!(self.code(), Some(421 | 454)) => RelayHealth::Slow,
            ReplyClass::RelayFault if !is_early => RelayHealth::Doubtful,
            _ if is_early || ends_session => RelayHealth::Faulty,
            ReplyClass::Retry if self.reply.is_some() => RelayHealth::Works,
            ReplyClass::SlowDown => RelayHealth::Works,
            ReplyClass::Retry | ReplyClass::RelayFault | ReplyClass::UnknownOutcome => RelayHealth::Doubtful,
        }
    }

    /// How the recipient's mail system took it.
    #[must_use]
    pub fn provider_mood(&self) -> ProviderMood {
        let is_late = self.stage >= Stage::Recipient;
        match (self.class, self.relay_health()) {
            (ReplyClass::Accepted, _) => ProviderMood::Took,
            (ReplyClass::SlowDown, RelayHealth::Works) => ProviderMood::Slow,
            (ReplyClass::Retry, RelayHealth::Works) => ProviderMood::PutOff,
            (_, RelayHealth::Doubtful) if is_late && self.reply.is_none() => ProviderMood::Slow,
            _ => ProviderMood::Neutral,
        }
    }

    /// Whether another relay may take the mail at once: this one has not taken it, for reasons of its own.
    #[must_use]
    pub fn may_go_elsewhere(&self) -> bool {
        self.relay_health() != RelayHealth::Works && self.class != ReplyClass::UnknownOutcome
    }

    /// Whether the attempt counts against the mail. A relay's own fault, or haste of ours, does not.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self.relay_health(), RelayHealth::Works | RelayHealth::Doubtful)
    }
}

/// One relay was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub relay: RelayName,
    pub answer: Answer,
    pub took: Duration,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Relays were asked, and this is the answer that decides.
    Answered(Answer),
    /// We could not even try: the database did not give what the mail needs, the lease was almost over, or no relay was
    /// free.
    Postponed,
    /// The person must not be mailed.
    Suppressed,
    /// The mail cannot be built. The reason names no person.
    Unsendable(&'static str),
}

impl Outcome {
    /// What the relays that were asked come to. The last decides, unless it only had a fault of its own and one before
    /// it had more to say.
    #[must_use]
    pub fn of_steps(steps: &[Step]) -> Self {
        let mut answers = steps.iter().rev().map(|step| &step.answer);
        let telling = answers.clone().find(|answer| answer.counts());
        telling
            .or_else(|| answers.next())
            .map_or(Self::Postponed, |answer| Self::Answered(answer.clone()))
    }

    /// Every word of [`Outcome::as_str`], for metrics that start at 0.
    pub fn words() -> impl Iterator<Item = &'static str> {
        let classes = ReplyClass::ALL.into_iter().map(ReplyClass::as_str);
        classes.chain(["postponed", "suppressed", "unsendable"])
    }

    /// The class of the answer that decides, if a relay was asked.
    #[must_use]
    pub const fn class(&self) -> Option<ReplyClass> {
        match self {
            Self::Answered(answer) => Some(answer.class),
            Self::Postponed | Self::Suppressed | Self::Unsendable(_) => None,
        }
    }

    /// What the relay said, if it said something.
    #[must_use]
    pub const fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Answered(answer) => answer.reply.as_ref(),
            Self::Postponed | Self::Suppressed | Self::Unsendable(_) => None,
        }
    }

    /// The word for it in tables, logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Answered(answer) => answer.class.as_str(),
            Self::Postponed => "postponed",
            Self::Suppressed => "suppressed",
            Self::Unsendable(_) => "unsendable",
        }
    }
}

#[cfg(test)]
mod tests;
