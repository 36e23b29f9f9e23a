//! Leave for mails to set out, by the budgets of recipients' mail systems that all workers share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::domain::attempt::Answer;
use crate::domain::budgets::Budgets;
use crate::domain::domain_group::DomainGroup;
use crate::domain::order::Wanted;
use crate::metrics::SendingMetrics;

/// What may be under way to whom. Clones share it.
#[derive(Debug, Clone)]
pub struct Passages {
    budgets: Arc<Mutex<Budgets>>,
    metrics: SendingMetrics,
}

/// One mail under way to a mail system, until this is dropped.
#[derive(Debug)]
pub struct Passage {
    passages: Passages,
    group: DomainGroup,
}

impl Passages {
    /// For so many workers.
    #[must_use]
    pub fn new(workers: usize, metrics: SendingMetrics) -> Self {
        Self {
            budgets: Arc::new(Mutex::new(Budgets::new(workers))),
            metrics,
        }
    }

    /// Whether a mail to this mail system may set out now.
    pub(super) fn allow(&self, group: &DomainGroup) -> bool {
        let now = Instant::now();
        self.with(|budgets| budgets.allows(group, now))
    }

    /// A mail to this mail system sets out.
    pub(super) fn set_out(&self, group: &DomainGroup) -> Passage {
        let now = Instant::now();
        self.with(|budgets| budgets.set_out(group, now));
        Passage {
            passages: self.clone(),
            group: group.clone(),
        }
    }

    /// What is worth fetching while so many are fetched already.
    pub(super) fn wanted(&self, waiting: &HashMap<DomainGroup, usize>) -> Wanted {
        let now = Instant::now();
        let ahead = |group: &DomainGroup| waiting.get(group).copied().unwrap_or_default();
        self.with(|budgets| {
            let of_others = budgets.share();
            let mut groups: HashMap<_, _> = waiting
                .iter()
                .map(|(group, ahead)| (group.clone(), of_others.saturating_sub(*ahead)))
                .collect();
            let known = budgets.wanted(now, ahead);
            groups.extend(known.map(|(group, wanted)| (group.clone(), wanted)));
            groups.retain(|_, wanted| *wanted < of_others);
            self.metrics.slowed_groups(budgets.slowed(now));
            Wanted { groups, of_others }
        })
    }

    /// When the next pause of a mail system ends.
    pub(super) fn resumes(&self, now: Instant) -> Option<Instant> {
        self.with(|budgets| budgets.resumes(now))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Budgets) -> T) -> T {
        work(&mut self.budgets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Passage {
    /// Whom it is for.
    #[must_use]
    pub fn group(&self) -> &DomainGroup {
        &self.group
    }

    /// A relay answered about the mail.
    pub(super) fn note(&self, answer: &Answer) {
        let now = Instant::now();
        self.passages.with(|budgets| {
            budgets.note(&self.group, answer.provider_mood(), now);
            self.passages.metrics.slowed_groups(budgets.slowed(now));
        });
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let now = Instant::now();
        self.passages.with(|budgets| budgets.came_back(&self.group, now));
    }
}
