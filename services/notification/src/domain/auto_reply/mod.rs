//! Whether a mail may be answered by a robot like us (RFC 3834).
//!
//! An answer to a robot is answered by it, and so on; an answer to a list goes to all its members. When in doubt, none
//! is sent: whoever writes by hand has other signs that the mail arrived.

mod headers;
mod senders;

use std::sync::LazyLock;

use contracts::EmailAddress;

use crate::domain::incoming_mail::IncomingMail;
use crate::domain::wording::{Phrases, Words};

/// What is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    MustNot,
    May,
}

impl Answer {
    /// The word for it in metrics and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MustNot => "must-not-answer",
            Self::May => "may-answer",
        }
    }
}

/// What is allowed, and the rule that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub answer: Answer,
    /// A sentence that names no person.
    pub why: &'static str,
}

/// Subjects of robots that leave no other sign. Only where they begin: a person who answers one writes `Re:`.
static SUBJECTS: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(include_str!("wording/subjects.txt")));

/// Judges a mail to us. `own` are the addresses that we send from. Any bytes may be given.
#[must_use]
pub fn judge(raw: &[u8], own: &[EmailAddress]) -> Verdict {
    let Some(mail) = IncomingMail::parse(raw) else {
        return must_not("it is no mail");
    };
    judge_mail(&mail, own)
}

/// The same for a mail that has been read already.
#[must_use]
pub fn judge_mail(mail: &IncomingMail, own: &[EmailAddress]) -> Verdict {
    headers::of_robot(mail)
        .or_else(|| senders::of_robot(mail, own))
        .or_else(|| by_subject(mail))
        .map_or(
            Verdict {
                answer: Answer::May,
                why: "nothing says that a robot or a list has sent it",
            },
            must_not,
        )
}

/// Whether a person may read what is sent to this address: nobody does at a robot's or a list's.
#[must_use]
pub fn is_read_by_a_person(address: &EmailAddress) -> bool {
    !senders::is_robot(address.expose())
}

const fn must_not(why: &'static str) -> Verdict {
    Verdict {
        answer: Answer::MustNot,
        why,
    }
}

fn by_subject(mail: &IncomingMail) -> Option<&'static str> {
    let is_robot = SUBJECTS.any_in(&Words::of(mail.subject()));
    is_robot.then_some("its subject is one of out-of-office answers and reports")
}

#[cfg(test)]
mod tests;
