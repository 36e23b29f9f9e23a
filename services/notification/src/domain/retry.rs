//! When a mail is tried again, and when it is given up.

use std::time::Duration;

use contracts::notification::State;

use crate::domain::attempt::Outcome;
use crate::domain::notification::Class;
use crate::domain::reply_class::ReplyClass;

/// How long an own or a relay's fault holds a mail back: others go first when the circuit closes again.
const AFTER_FAULT: Duration = Duration::from_secs(2);

/// Waits between attempts, and how long a mail is tried at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// After the first attempt; each further one waits twice as long.
    pub first: Duration,
    pub longest: Duration,
    /// How long after its first attempt a mail of class delivery or updates is tried.
    pub delivery_horizon: Duration,
    /// The same for acknowledgements and mails to teams.
    pub enquiry_horizon: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(15),
            longest: Duration::from_secs(3600),
            delivery_horizon: Duration::from_secs(24 * 3600),
            enquiry_horizon: Duration::from_secs(72 * 3600),
        }
    }
}

/// What has been tried before this attempt, by the database's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// Attempts that counted.
    pub attempts: u32,
    /// Since the first of them began.
    pub since_first: Duration,
}

/// What follows from an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing more will happen.
    Settle(State),
    /// Another try after this time, spread by the store a little; `counts` if this attempt brings the end nearer.
    Again { after: Duration, counts: bool },
}

impl RetryPolicy {
    /// What follows from an outcome.
    #[must_use]
    pub fn next(&self, outcome: &Outcome, class: Class, tried: Tried) -> Next {
        let unharmed = Next::Again {
            after: AFTER_FAULT,
            counts: false,
        };
        #[cfg(feature = "broken")]
        let unharmed = match broken::by(broken::Break::RelayFaultFinal) {
            true => Next::Settle(State::Failed),
            false => unharmed,
        };
        match outcome {
            Outcome::Suppressed => Next::Settle(State::Suppressed),
            Outcome::Unsendable(_) => Next::Settle(State::Failed),
            Outcome::Postponed => unharmed,
            Outcome::Answered(answer) => match answer.class {
                ReplyClass::Accepted => Next::Settle(State::Accepted),
                ReplyClass::RecipientBad | ReplyClass::ContentPolicy => Next::Settle(State::Failed),
                _ if !answer.counts() => unharmed,
                _ => self.again(class, tried),
            },
        }
    }

    fn again(&self, class: Class, tried: Tried) -> Next {
        let after = self
            .first
            .saturating_mul(1 << tried.attempts.min(20))
            .min(self.longest);
        let horizon = match class {
            Class::Delivery | Class::Updates => self.delivery_horizon,
            Class::Ack | Class::Team => self.enquiry_horizon,
        };
        if tried.since_first + after > horizon {
            return Next::Settle(State::Failed);
        }
        Next::Again { after, counts: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attempt::{Answer, Stage};

    const UNANSWERED: Outcome = Outcome::Answered(Answer::silence(Stage::Message));

    fn next(outcome: &Outcome, class: Class, attempts: u32, hours: u64) -> Next {
        let since_first = Duration::from_secs(hours * 3600);
        RetryPolicy::default().next(
            outcome,
            class,
            Tried {
                attempts,
                since_first,
            },
        )
    }

    fn again(seconds: u64) -> Next {
        Next::Again {
            after: Duration::from_secs(seconds),
            counts: true,
        }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        assert_eq!(next(&UNANSWERED, Class::Delivery, 0, 0), again(15));
        assert_eq!(next(&UNANSWERED, Class::Delivery, 3, 0), again(120));
        assert_eq!(next(&UNANSWERED, Class::Delivery, u32::MAX, 1), again(3600));
    }

    #[test]
    fn a_delivery_is_given_up_after_a_day_and_an_enquirys_mail_after_three() {
        assert_eq!(
            next(&UNANSWERED, Class::Delivery, 30, 24),
            Next::Settle(State::Failed)
        );
        assert_eq!(next(&UNANSWERED, Class::Team, 30, 24), again(3600));
        assert_eq!(next(&UNANSWERED, Class::Ack, 80, 72), Next::Settle(State::Failed));
    }

    #[test]
    fn a_relays_own_fault_never_brings_the_end_nearer() {
        let fault = Outcome::Answered(Answer::silence(Stage::Session));
        assert_eq!(
            next(&fault, Class::Delivery, 30, 1000),
            Next::Again {
                after: AFTER_FAULT,
                counts: false
            }
        );
    }
}
