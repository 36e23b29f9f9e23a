//! Mails that are claimed and wait for a worker, for moments.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::domain::claim::Claim;
use crate::domain::domain_group::DomainGroup;

/// A mail that has waited longer is given back.
const FRESH: Duration = Duration::from_secs(2);

/// A mail to be sent, and where it goes.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) claim: Claim,
    pub(super) group: DomainGroup,
    since: Instant,
}

/// In the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Stock {
    ready: VecDeque<Ready>,
    by_group: HashMap<DomainGroup, usize>,
}

impl Stock {
    pub(super) fn add(&mut self, claim: Claim, group: DomainGroup) {
        *self.by_group.entry(group.clone()).or_default() += 1;
        self.ready.push_back(Ready {
            claim,
            group,
            since: Instant::now(),
        });
    }

    pub(super) fn len(&self) -> usize {
        self.ready.len()
    }

    /// How many wait for each group.
    pub(super) fn by_group(&self) -> &HashMap<DomainGroup, usize> {
        &self.by_group
    }

    /// The first that gets leave, with it.
    pub(super) fn take_first<L>(&mut self, leave: impl Fn(&Ready) -> Option<L>) -> Option<(Ready, L)> {
        let (at, leave) = (0..self.ready.len()).find_map(|at| Some((at, leave(&self.ready[at])?)))?;
        Some((self.remove(at)?, leave))
    }

    /// All that have waited too long.
    pub(super) fn take_stale(&mut self) -> Vec<Claim> {
        let mut stale = Vec::new();
        while self
            .ready
            .front()
            .is_some_and(|ready| ready.since.elapsed() > FRESH)
        {
            stale.extend(self.remove(0).map(|ready| ready.claim));
        }
        stale
    }

    pub(super) fn take_all(&mut self) -> Vec<Claim> {
        self.by_group.clear();
        self.ready.drain(..).map(|ready| ready.claim).collect()
    }

    fn remove(&mut self, at: usize) -> Option<Ready> {
        let ready = self.ready.remove(at)?;
        if let Some(count) = self.by_group.get_mut(&ready.group) {
            *count -= 1;
            if *count == 0 {
                self.by_group.remove(&ready.group);
            }
        }
        Some(ready)
    }
}
