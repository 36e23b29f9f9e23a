//! One try to hand a mail to a relay, and what it came to.

use crate::domain::reply::Reply;

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

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The relay took the mail.
    Accepted(Reply),
    /// Not now (4xx), or refused by a policy that may be mended before the horizon.
    Deferred(Reply),
    /// No answer, or one that makes no sense: perhaps the mail was taken.
    Unanswered,
    /// Refused for good.
    Refused(Reply),
    /// The relay, or our account at it, is at fault: any other mail would have fared the same.
    RelayFault(Option<Reply>),
    /// We could not even try: the database did not give what the mail needs, or the lease was almost over.
    Postponed,
    /// The person must not be mailed.
    Suppressed,
    /// The mail cannot be built. The reason names no person.
    Unsendable(&'static str),
}

impl Outcome {
    /// Every word of [`Outcome::as_str`], for metrics that start at 0.
    pub const WORDS: [&'static str; 8] = [
        "accepted",
        "deferred",
        "unanswered",
        "refused",
        "relay_fault",
        "postponed",
        "suppressed",
        "unsendable",
    ];

    /// What a refusal, or silence, at a stage means. Who is at fault decides whether only this mail waits or all do.
    /// `null_sender` is whether the mail has the sender `<>`, which some relays take from nobody.
    #[must_use]
    pub fn of_failure(stage: Stage, reply: Option<Reply>, null_sender: bool) -> Self {
        match reply {
            Some(reply) if stage == Stage::Sender && null_sender && !reply.is_about_session() => {
                Self::Deferred(reply)
            }
            reply if stage <= Stage::Sender => Self::RelayFault(reply),
            None => Self::Unanswered,
            Some(reply) if reply.is_about_session() => Self::RelayFault(Some(reply)),
            Some(reply) if reply.is_transient() || reply.is_about_policy() => Self::Deferred(reply),
            Some(reply) if reply.code >= 500 => Self::Refused(reply),
            Some(_) => Self::Unanswered,
        }
    }

    /// What the relay said, if it said something.
    #[must_use]
    pub const fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Accepted(reply) | Self::Deferred(reply) | Self::Refused(reply) => Some(reply),
            Self::RelayFault(reply) => reply.as_ref(),
            Self::Unanswered | Self::Postponed | Self::Suppressed | Self::Unsendable(_) => None,
        }
    }

    /// The word for it in tables, logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Deferred(_) => "deferred",
            Self::Unanswered => "unanswered",
            Self::Refused(_) => "refused",
            Self::RelayFault(_) => "relay_fault",
            Self::Postponed => "postponed",
            Self::Suppressed => "suppressed",
            Self::Unsendable(_) => "unsendable",
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::EmailAddress;

    use super::*;

    fn outcome(stage: Stage, code: u16, text: &str) -> &'static str {
        let recipient = EmailAddress::parse("anna@example.com").expect("valid");
        Outcome::of_failure(stage, Some(Reply::new(code, text, &recipient)), false).as_str()
    }

    #[test]
    fn what_fails_before_the_recipient_is_named_is_the_relays_fault() {
        assert_eq!(outcome(Stage::Session, 554, "no service here"), "relay_fault");
        assert_eq!(
            outcome(Stage::Session, 535, "5.7.8 wrong password"),
            "relay_fault"
        );
        assert_eq!(outcome(Stage::Sender, 550, "5.1.8 sender unknown"), "relay_fault");
        assert_eq!(
            Outcome::of_failure(Stage::Session, None, false),
            Outcome::RelayFault(None)
        );
    }

    #[test]
    fn a_refused_recipient_is_final_but_a_policy_may_be_mended() {
        assert_eq!(outcome(Stage::Recipient, 550, "5.1.1 no such user"), "refused");
        assert_eq!(outcome(Stage::Message, 554, "rejected"), "refused");
        assert_eq!(
            outcome(Stage::Recipient, 554, "5.7.1 relay access denied"),
            "deferred"
        );
        assert_eq!(outcome(Stage::Recipient, 450, "4.2.0 greylisted"), "deferred");
        assert_eq!(outcome(Stage::Message, 452, "4.3.1 disk full"), "deferred");
    }

    #[test]
    fn a_session_that_ends_in_the_middle_is_the_relays_fault() {
        assert_eq!(outcome(Stage::Message, 421, "4.3.2 shutting down"), "relay_fault");
        assert_eq!(
            outcome(Stage::Recipient, 530, "5.7.0 must issue STARTTLS first"),
            "relay_fault"
        );
    }

    #[test]
    fn a_relay_that_takes_no_null_sender_holds_up_nobody_elses_mail() {
        let recipient = EmailAddress::parse("anna@example.com").expect("valid");
        let refusal = |code, text| Some(Reply::new(code, text, &recipient));
        let outcome = |reply| Outcome::of_failure(Stage::Sender, reply, true).as_str();
        assert_eq!(outcome(refusal(501, "5.1.7 bad sender")), "deferred");
        assert_eq!(outcome(refusal(421, "4.3.2 shutting down")), "relay_fault");
        assert_eq!(outcome(None), "relay_fault");
    }

    #[test]
    fn silence_or_nonsense_after_the_mail_leaves_it_open_whether_it_was_taken() {
        assert_eq!(
            Outcome::of_failure(Stage::Message, None, false),
            Outcome::Unanswered
        );
        assert_eq!(outcome(Stage::Message, 354, "go on"), "unanswered");
    }
}
