//! How far an enquiry is, and what is still owed for it.

use contracts::notification::{Purpose, State};

/// How far the mails of an enquiry are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// A program filled the form, it seems: nothing is mailed until somebody releases it.
    Held,
    /// Notification has not told the end of every mail.
    Owed,
    /// Every owed mail has come to its end.
    Done,
    /// Told again and again without an answer: somebody must look.
    Stuck,
}

impl Delivery {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Held, Self::Owed, Self::Done, Self::Stuck];

    /// The delivery that a word of the table stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delivery| delivery.as_str() == word)
    }

    /// The word for it in tables, answers and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Owed => "owed",
            Self::Done => "done",
            Self::Stuck => "stuck",
        }
    }
}

/// Enquiries of one delivery, at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Undelivered {
    pub delivery: Delivery,
    pub count: i64,
    /// Seconds.
    pub oldest: f64,
}

/// What is left of a delivery once notification told the states of the mails: every purpose that is owed needs a
/// mail, and every mail of it an end.
#[must_use]
pub fn settle(current: Delivery, acknowledge: bool, mails: &[(Purpose, State)]) -> Delivery {
    let ended = |purpose| {
        let mut states = mails.iter().filter(|(of, _)| *of == purpose).peekable();
        states.peek().is_some() && states.all(|(_, state)| state.is_final())
    };
    if ended(Purpose::Team) && (!acknowledge || ended(Purpose::Ack)) {
        return Delivery::Done;
    }
    match current {
        // A mail to the fallback inbox follows on one that a team refused.
        Delivery::Done => Delivery::Owed,
        other => other,
    }
}

/// How far the enquiry itself is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Not shown to a team yet.
    Held,
    /// At its team.
    New,
}

impl Status {
    /// The word for it in tables and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::New => "new",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_done_when_every_owed_mail_has_ended() {
        let team = (Purpose::Team, State::Accepted);
        let ack = (Purpose::Ack, State::Suppressed);
        assert_eq!(settle(Delivery::Owed, true, &[team, ack]), Delivery::Done);
        assert_eq!(settle(Delivery::Owed, true, &[team]), Delivery::Owed);
        assert_eq!(settle(Delivery::Owed, false, &[team]), Delivery::Done);
        assert_eq!(settle(Delivery::Owed, false, &[]), Delivery::Owed);
        assert_eq!(settle(Delivery::Stuck, true, &[ack]), Delivery::Stuck);
    }

    #[test]
    fn a_fallback_that_is_still_on_its_way_keeps_a_delivery_owed() {
        let refused = (Purpose::Team, State::Failed);
        let fallback = (Purpose::Team, State::Queued);
        assert_eq!(
            settle(Delivery::Done, false, &[refused, fallback]),
            Delivery::Owed
        );
    }
}
