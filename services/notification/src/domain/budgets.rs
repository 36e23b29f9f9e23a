//! How many mails may be under way to each mail system, so that a slow one never holds up the others.
//!
//! Learnt and kept by each process for itself, and forgotten with it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::domain::attempt::ProviderMood;
use crate::domain::domain_group::DomainGroup;
use crate::domain::rate::Pace;
use crate::domain::throttle::Throttle;

/// A group may hold so many times as many workers as are left free: one slow group takes three quarters of all, a second
/// three quarters of the rest, and so on.
const SHARE_OF_FREE: usize = 3;

/// Mails of a group that keeps to a rate are fetched so long before they may set out.
const AHEAD: Duration = Duration::from_millis(250);

/// A group that is slowed, and that no mail has gone to for so long, begins anew.
const MEMORY: Duration = Duration::from_secs(300);

/// All groups that there is something to say of: mails under way to them, or less than usual allowed.
#[derive(Debug)]
pub struct Budgets {
    workers: usize,
    under_way: usize,
    groups: HashMap<DomainGroup, Group>,
}

#[derive(Debug)]
struct Group {
    under_way: usize,
    throttle: Throttle,
    pace: Pace,
    /// When its mail system last said something.
    heard: Instant,
}

impl Group {
    fn of(group: &DomainGroup, share: usize, now: Instant) -> Self {
        let limits = group.limits();
        let share = u32::try_from(share).unwrap_or(u32::MAX);
        Self {
            under_way: 0,
            throttle: Throttle::new(limits.connections.min(share)),
            pace: Pace::new(limits.quota),
            heard: now,
        }
    }

    fn room(&self, now: Instant) -> usize {
        self.throttle.room(self.under_way, now).min(self.pace.room(now))
    }

    fn resumes(&self, now: Instant) -> Option<Instant> {
        self.throttle.resumes(now).max(self.pace.resumes(now))
    }

    /// How many mails to it may be fetched and not under way: as many as could set out and, while nothing slows it,
    /// twice as many as are under way, so that no worker waits for a fetch.
    fn target(&self, now: Instant) -> usize {
        if self.throttle.is_slowed(now) {
            return self.room(now);
        }
        let room = self.throttle.room(self.under_way, now) + self.under_way * 2;
        room.min(self.pace.room(now + AHEAD))
    }

    /// Whether a new one would be as good.
    fn is_forgettable(&self, now: Instant) -> bool {
        let is_well = !self.throttle.is_slowed(now) || now.saturating_duration_since(self.heard) > MEMORY;
        self.under_way == 0 && self.resumes(now).is_none() && is_well
    }
}

impl Budgets {
    /// For so many workers, all of them free.
    #[must_use]
    pub fn new(workers: usize) -> Self {
        Self {
            workers,
            under_way: 0,
            groups: HashMap::new(),
        }
    }

    /// What one group may have under way at most.
    #[must_use]
    pub const fn share(&self) -> usize {
        let share = (self.workers * SHARE_OF_FREE).div_euclid(SHARE_OF_FREE + 1);
        if share == 0 { 1 } else { share }
    }

    /// Whether a mail to this group may set out now.
    #[must_use]
    pub fn allows(&self, group: &DomainGroup, now: Instant) -> bool {
        let free = self.workers.saturating_sub(self.under_way);
        let Some(known) = self.groups.get(group) else {
            return free > 0;
        };
        let fair = known.under_way == 0 || known.under_way < SHARE_OF_FREE * free.saturating_sub(1);
        free > 0 && fair && known.room(now) > 0
    }

    /// A mail to this group sets out.
    pub fn set_out(&mut self, group: &DomainGroup, now: Instant) {
        let share = self.share();
        let known = self
            .groups
            .entry(group.clone())
            .or_insert_with(|| Group::of(group, share, now));
        known.under_way += 1;
        known.pace.take(now);
        self.under_way += 1;
    }

    /// A mail to this group has come to its end.
    pub fn came_back(&mut self, group: &DomainGroup, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(known) = self.groups.get_mut(group) {
            known.under_way = known.under_way.saturating_sub(1);
            if known.is_forgettable(now) {
                self.groups.remove(group);
            }
        }
    }

    /// What a group's mail system said; before [`Budgets::came_back`].
    pub fn note(&mut self, group: &DomainGroup, mood: ProviderMood, now: Instant) {
        let Some(known) = self.groups.get_mut(group) else {
            return;
        };
        known.heard = now;
        match mood {
            ProviderMood::Took => known.throttle.taken(),
            ProviderMood::PutOff => known.throttle.put_off(known.under_way, now),
            ProviderMood::Slow => known.throttle.slow_down(known.under_way, now),
            ProviderMood::Neutral => {}
        }
    }

    /// How many mails to each group may be fetched, so that none is fetched only to wait: those of the groups that are
    /// known; to any other, [`Budgets::share`]. `waiting` is how many of a group are fetched already.
    pub fn wanted(
        &mut self,
        now: Instant,
        waiting: impl Fn(&DomainGroup) -> usize,
    ) -> impl Iterator<Item = (&DomainGroup, usize)> {
        self.groups.retain(|_, known| !known.is_forgettable(now));
        self.groups.iter().map(move |(group, known)| {
            let (ahead, target) = (waiting(group), known.target(now));
            // By halves, so that each fetch is worth it.
            let wanted = if ahead * 2 > target { 0 } else { target - ahead };
            (group, wanted)
        })
    }

    /// When the next pause of a group ends.
    #[must_use]
    pub fn resumes(&self, now: Instant) -> Option<Instant> {
        self.groups.values().filter_map(|known| known.resumes(now)).min()
    }

    /// Known groups that are slowed now.
    pub fn slowed(&self, now: Instant) -> impl Iterator<Item = &DomainGroup> {
        let slowed = self
            .groups
            .iter()
            .filter(move |(_, known)| known.throttle.is_slowed(now));
        slowed.map(|(group, _)| group)
    }
}

#[cfg(test)]
mod tests {
    use contracts::EmailAddress;

    use super::*;

    fn group(domain: &str) -> DomainGroup {
        DomainGroup::of(&EmailAddress::parse(&format!("a@{domain}")).expect("valid"))
    }

    /// Lets mails to a group set out until no more may.
    fn fill(budgets: &mut Budgets, group: &DomainGroup, now: Instant) -> usize {
        let mut count = 0;
        while budgets.allows(group, now) {
            budgets.set_out(group, now);
            count += 1;
        }
        count
    }

    #[test]
    fn a_slow_group_leaves_workers_to_the_next_one() {
        let now = Instant::now();
        let mut budgets = Budgets::new(16);
        let taken: Vec<usize> = (0..4)
            .map(|i| fill(&mut budgets, &group(&format!("slow{i}.example")), now))
            .collect();
        assert_eq!(taken, [12, 3, 1, 0]);
        let mut single = Budgets::new(1);
        assert_eq!(fill(&mut single, &group("a.example"), now), 1);
    }

    #[test]
    fn a_family_keeps_to_its_connections_and_its_rate() {
        let now = Instant::now();
        let gmail = group("gmail.com");
        let mut budgets = Budgets::new(256);
        let burst = fill(&mut budgets, &gmail, now);
        assert_eq!(burst, 10, "a tenth of the quota of a second");
        for _ in 0..burst {
            budgets.came_back(&gmail, now);
        }
        assert!(!budgets.allows(&group("googlemail.com"), now), "they are one");
        let resumes = budgets.resumes(now).expect("a pause");
        assert!(budgets.allows(&gmail, resumes) && resumes < now + Duration::from_secs(1));
    }

    #[test]
    fn a_group_that_is_slowed_waits_alone_and_is_forgotten_when_it_is_well_again() {
        let now = Instant::now();
        let (slow, other) = (group("slow.example"), group("other.example"));
        let mut budgets = Budgets::new(8);
        fill(&mut budgets, &slow, now);
        budgets.note(&slow, ProviderMood::Slow, now);
        for _ in 0..6 {
            budgets.came_back(&slow, now);
        }
        assert!(!budgets.allows(&slow, now) && budgets.allows(&other, now));
        assert_eq!(budgets.slowed(now).collect::<Vec<_>>(), [&slow]);

        let later = budgets.resumes(now).expect("a pause");
        assert_eq!(fill(&mut budgets, &slow, later), 3);
        for _ in 0..20 {
            budgets.note(&slow, ProviderMood::Took, later);
        }
        for _ in 0..3 {
            budgets.came_back(&slow, later);
        }
        assert!(budgets.groups.is_empty());
    }

    #[test]
    fn a_group_that_nobody_has_written_to_for_long_begins_anew() {
        let now = Instant::now();
        let slow = group("slow.example");
        let mut budgets = Budgets::new(8);
        fill(&mut budgets, &slow, now);
        budgets.note(&slow, ProviderMood::Slow, now);
        (0..6).for_each(|_| budgets.came_back(&slow, now));
        assert_eq!(budgets.wanted(now + MEMORY, |_| 0).count(), 1);
        let later = now + MEMORY + AHEAD;
        assert_eq!(budgets.wanted(later, |_| 0).count(), 0);
    }

    #[test]
    fn a_groups_mails_are_fetched_ahead_only_while_nothing_holds_them_back() {
        let now = Instant::now();
        let (quick, slow) = (group("quick.example"), group("slow.example"));
        let mut budgets = Budgets::new(16);
        budgets.set_out(&slow, now);
        budgets.note(&slow, ProviderMood::Slow, now);
        fill(&mut budgets, &quick, now);
        let mut wanted = |of: &DomainGroup, ahead: usize| {
            let mut all = budgets.wanted(now, |group| if *group == quick { ahead } else { 0 });
            all.find_map(|(group, wanted)| (group == of).then_some(wanted))
        };
        let of_quick = [0, 5, 13].map(|ahead| wanted(&quick, ahead));
        assert_eq!(of_quick, [Some(23), Some(18), Some(0)]);
        assert_eq!(wanted(&slow, 0), Some(0));
    }
}
