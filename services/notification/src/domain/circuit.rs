//! Whether a relay is worth asking: after a fault of its own nothing is sent for a while, then one mail tries.

use std::time::{Duration, Instant};

use crate::domain::domain_group::DomainGroup;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// So many doubts about mails to one provider are no longer that provider's matter alone.
const DOUBTS_IN_A_ROW: u32 = 10;

/// Opened by a relay's fault, closed by an answer that makes sense.
#[derive(Debug, Default)]
pub struct Circuit {
    state: State,
    /// Faults in a row, those of mails that were under way together counted once.
    faults: u32,
    /// Whose mails left it in doubt since it last worked, and how many.
    doubts: Option<(DomainGroup, u32)>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    /// One mail is on its way to see whether the relay is back; given up at this time.
    Probing {
        until: Instant,
    },
}

impl Circuit {
    /// How many of `wanted` mails may set out now.
    #[must_use]
    pub fn allows(&self, wanted: usize, now: Instant) -> usize {
        match self.state {
            State::Closed => wanted,
            State::Open { until } | State::Probing { until } if now < until => 0,
            State::Open { .. } | State::Probing { .. } => wanted.min(1),
        }
    }

    /// A mail has set out; its outcome is known by `until`.
    pub fn set_out(&mut self, until: Instant) {
        if self.state != State::Closed {
            self.state = State::Probing { until };
        }
    }

    /// The relay gave an answer about a mail, be it a refusal. True if the circuit was open before.
    pub fn answered(&mut self) -> bool {
        let was_open = self.is_open();
        *self = Self::default();
        was_open
    }

    /// The relay was at fault. Of several mails that set out before the first fault, only that one counts. True if
    /// the circuit was closed before.
    pub fn failed(&mut self, now: Instant) -> bool {
        if let State::Open { until } = self.state
            && now < until
        {
            return false;
        }
        let pause = FIRST_PAUSE
            .saturating_mul(1 << self.faults.min(10))
            .min(LONGEST_PAUSE);
        let was_closed = !self.is_open();
        self.faults = self.faults.saturating_add(1);
        self.state = State::Open { until: now + pause };
        was_closed
    }

    /// An answer, or silence, that may be the relay's fault or that of the provider behind it. Of two providers in a
    /// row, it is the relay's. True if the circuit was closed before and is open now.
    pub fn doubted(&mut self, provider: &DomainGroup, now: Instant) -> bool {
        let times = match &self.doubts {
            Some((other, _)) if other != provider => DOUBTS_IN_A_ROW,
            Some((_, times)) => times + 1,
            None => 1,
        };
        self.doubts = Some((provider.clone(), times));
        (times >= DOUBTS_IN_A_ROW || self.is_open()) && self.failed(now)
    }

    /// When it is worth asking [`Circuit::allows`] again; `None` while closed.
    #[must_use]
    pub const fn pause_ends(&self) -> Option<Instant> {
        match self.state {
            State::Closed => None,
            State::Open { until } | State::Probing { until } => Some(until),
        }
    }

    /// Whether mails wait for the relay.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state != State::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_fault_nothing_goes_then_one_mail_then_all() {
        let start = Instant::now();
        let mut circuit = Circuit::default();
        assert_eq!(circuit.allows(8, start), 8);
        assert!(circuit.failed(start));
        assert_eq!(circuit.allows(8, start), 0);

        let later = start + FIRST_PAUSE;
        assert_eq!(circuit.allows(8, later), 1);
        circuit.set_out(later + Duration::from_secs(30));
        assert_eq!(circuit.allows(8, later), 0, "the probe is on its way");
        assert!(circuit.answered());
        assert_eq!(circuit.allows(8, later), 8);
    }

    #[test]
    fn mails_that_were_under_way_together_count_as_one_fault() {
        let start = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..8 {
            circuit.failed(start);
        }
        assert_eq!(circuit.pause_ends(), Some(start + FIRST_PAUSE));
    }

    #[test]
    fn doubts_about_one_provider_leave_it_closed_and_about_two_open_it() {
        let group = |address: &str| DomainGroup::of(&contracts::EmailAddress::parse(address).expect("valid"));
        let (one, other) = (group("a@one.example"), group("a@other.example"));
        let now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 1..DOUBTS_IN_A_ROW {
            assert!(!circuit.doubted(&one, now));
        }
        circuit.answered();
        assert!(!circuit.doubted(&one, now));
        assert!(circuit.doubted(&other, now));
        assert_eq!(circuit.allows(8, now), 0);
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_a_lost_probe_is_replaced() {
        let mut now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            circuit.failed(now);
            now = circuit.pause_ends().expect("open");
        }
        circuit.failed(now);
        assert_eq!(circuit.pause_ends(), Some(now + LONGEST_PAUSE));
        circuit.set_out(now + LONGEST_PAUSE);
        assert_eq!(circuit.allows(8, now + LONGEST_PAUSE), 1);
    }
}
