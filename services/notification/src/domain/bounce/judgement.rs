//! From what is said of a failure to a class of bounce.

use std::sync::LazyLock;

use super::{Action, Bounce, BounceClass, Recipient};
use crate::domain::attempt::Stage;
use crate::domain::reply_class::{EnhancedCode, ReplyClass, ReplyLine, classify};
use crate::domain::wording::{Phrases, Words};

/// `(in reply to MAIL FROM command)` of Postfix, `after MAIL FROM:<…>` of Exim, `>>> MAIL From:` of sendmail.
static BEFORE_RECIPIENT: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("wording/before_recipient.txt")));
static AFTER_MESSAGE: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse("end of data|message"));

/// What a report says of one recipient.
pub(super) struct Said {
    pub(super) recipient: Option<Recipient>,
    pub(super) action: Option<Action>,
    pub(super) status: Option<EnhancedCode>,
    /// The quoted reply, or whatever words explain.
    pub(super) reason: String,
    /// What stands around it for a reader, which may tell when it failed.
    pub(super) context: String,
}

impl Said {
    pub(super) fn judge(self) -> Bounce {
        let line = self.line();
        let (class, why) = self.class_of(&line);
        Bounce {
            class,
            status: line.enhanced_code.or(self.status),
            action: self.action,
            why,
            recipient: self.recipient,
        }
    }

    /// The quoted reply; the report's own status counts where the reply has no code that says more.
    fn line(&self) -> ReplyLine {
        let line = ReplyLine::parse(&self.reason);
        let enhanced_code = match (line.enhanced_code, self.status) {
            (Some(own), Some(status)) if own.is_vague() && !status.is_vague() => Some(status),
            (own, status) => own.or(status),
        };
        ReplyLine {
            enhanced_code,
            ..line
        }
    }

    fn class_of(&self, line: &ReplyLine) -> (BounceClass, &'static str) {
        match self.action {
            Some(Action::Delayed) => return (BounceClass::Soft, "the mail system goes on trying"),
            Some(Action::Delivered | Action::Relayed | Action::Expanded) => {
                return (BounceClass::NotABounce, "it was delivered or handed on");
            }
            Some(Action::Failed) => {}
            None if self.status.is_some_and(|status| status.class == 2) => {
                return (BounceClass::NotABounce, "by its status, it was delivered");
            }
            None => {}
        }
        let may_have_passed =
            line.code.is_some_and(|code| code < 500) || self.status.is_some_and(|status| status.class == 4);
        if may_have_passed {
            return (
                BounceClass::Soft,
                "it was given up after a failure that might have passed",
            );
        }
        let verdict = classify(self.stage(), line);
        match verdict.class {
            ReplyClass::RecipientBad => (BounceClass::Hard, verdict.why),
            _ => (BounceClass::Soft, verdict.why),
        }
    }

    /// When it failed, as far as it is told: only then a recipient had been named.
    fn stage(&self) -> Stage {
        let words = Words::of(&format!("{} {}", self.context, self.reason));
        if BEFORE_RECIPIENT.any_in(&words) {
            Stage::Sender
        } else if AFTER_MESSAGE.any_in(&words) {
            Stage::Message
        } else {
            Stage::Recipient
        }
    }
}
