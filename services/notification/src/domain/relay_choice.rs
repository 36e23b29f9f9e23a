//! Which relay takes the next mail.
//!
//! Relays of the lowest priority number come first, and share the mails by their weight. Where all of them are at fault,
//! or asked us to slow down, the next priority is asked. One that is merely busy is waited for.

use std::time::Instant;

use crate::domain::attempt::{Answer, RelayHealth};
use crate::domain::circuit::Circuit;
use crate::domain::domain_group::DomainGroup;
use crate::domain::notification::Class;
use crate::domain::rate::{Pace, Quota};
use crate::domain::throttle::Throttle;

/// What a relay may be asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Lower is asked first.
    pub priority: u16,
    /// Share of the mails among relays of one priority.
    pub weight: u16,
    /// Mails under way at once, each over a connection of its own.
    pub connections: u16,
    pub quotas: Vec<Quota>,
    pub classes: Vec<Class>,
}

/// How a relay does: learnt and kept by each process for itself.
#[derive(Debug)]
pub struct RelayState {
    terms: Terms,
    circuit: Circuit,
    throttle: Throttle,
    pace: Pace,
    under_way: usize,
    /// What it is owed of the mails that went, in weights (smooth weighted round robin).
    credit: i64,
}

/// What has changed about a relay by an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    None,
    Opened,
    Closed,
}

impl RelayState {
    /// Nothing is known against it.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self {
            circuit: Circuit::default(),
            throttle: Throttle::new(terms.connections.into()),
            pace: Pace::new(terms.quotas.iter().copied()),
            under_way: 0,
            credit: 0,
            terms,
        }
    }

    /// Whether it carries mails of this class.
    #[must_use]
    pub fn carries(&self, class: Class) -> bool {
        self.terms.classes.contains(&class)
    }

    /// A mail sets out to it; its answer is known by `until`.
    pub fn set_out(&mut self, now: Instant, until: Instant) {
        self.circuit.set_out(until);
        self.pace.take(now);
        self.under_way += 1;
    }

    /// A mail has come back from it.
    pub fn came_back(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// What it said about a mail to `provider`; before [`RelayState::came_back`].
    pub fn note(&mut self, answer: &Answer, provider: &DomainGroup, now: Instant) -> Change {
        match answer.relay_health() {
            RelayHealth::Works => {
                self.throttle.taken();
                change(self.circuit.answered(), Change::Closed)
            }
            RelayHealth::Slow => {
                self.throttle.slow_down(self.under_way, now);
                change(self.circuit.answered(), Change::Closed)
            }
            RelayHealth::Doubtful => change(self.circuit.doubted(provider, now), Change::Opened),
            RelayHealth::Faulty => change(self.circuit.failed(now), Change::Opened),
        }
    }

    /// When it is worth looking at again.
    #[must_use]
    pub fn resumes(&self, now: Instant) -> Option<Instant> {
        let pauses = [
            self.circuit.pause_ends(),
            self.throttle.resumes(now),
            self.pace.resumes(now),
        ];
        pauses.into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Whether it is at fault, as far as is known.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.circuit.is_open()
    }

    /// Whether it is neither at fault nor asked us to wait.
    fn is_usable(&self, now: Instant) -> bool {
        self.circuit.allows(1, now) > 0 && self.throttle.resumes(now).is_none()
    }

    fn room(&self, now: Instant) -> usize {
        let room = self.throttle.room(self.under_way, now).min(self.pace.room(now));
        self.circuit.allows(room, now)
    }
}

fn change(is_one: bool, which: Change) -> Change {
    if is_one { which } else { Change::None }
}

/// Chooses the relay for a mail of this class, by its place in `relays`, and marks its turn. `asked` have been asked for
/// this mail already. `None` if there is none, or one to wait for.
pub fn choose(relays: &mut [RelayState], class: Class, asked: &[usize], now: Instant) -> Option<usize> {
    let candidates: Vec<usize> = (0..relays.len())
        .filter(|at| !asked.contains(at) && relays[*at].carries(class) && relays[*at].is_usable(now))
        .collect();
    let first = candidates.iter().map(|at| relays[*at].terms.priority).min()?;
    let with_room = candidates
        .into_iter()
        .filter(|at| relays[*at].terms.priority == first && relays[*at].room(now) > 0);
    take_turn(relays, &with_room.collect::<Vec<_>>())
}

/// Whether any mail of this class could set out now.
#[must_use]
pub fn takes(relays: &[RelayState], class: Class, now: Instant) -> bool {
    let usable = relays
        .iter()
        .filter(|relay| relay.carries(class) && relay.is_usable(now));
    let first = usable.clone().map(|relay| relay.terms.priority).min();
    usable
        .filter(|relay| Some(relay.terms.priority) == first)
        .any(|relay| relay.room(now) > 0)
}

fn take_turn(relays: &mut [RelayState], among: &[usize]) -> Option<usize> {
    let mut total = 0;
    for at in among {
        let weight = i64::from(relays[*at].terms.weight);
        relays[*at].credit += weight;
        total += weight;
    }
    let next = among
        .iter()
        .copied()
        .max_by_key(|at| (relays[*at].credit, usize::MAX - at))?;
    relays[next].credit -= total;
    Some(next)
}

#[cfg(test)]
mod tests;
