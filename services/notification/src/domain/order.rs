//! Which of the mails that are due are worth claiming now.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;

use crate::domain::domain_group::DomainGroup;
use crate::domain::notification::Class;

/// How many mails are wanted of each mail system. Those that nothing is said of are full of room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub groups: HashMap<DomainGroup, usize>,
    /// Of any group that is not named.
    pub of_others: usize,
}

/// What is to be claimed, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub limit: usize,
    pub wanted: Wanted,
    /// Classes that no relay takes now.
    pub refused: Vec<Class>,
    /// Mails that were due before are known not to be wanted: saves walking over them again. By the database's clock.
    pub not_before: Option<OffsetDateTime>,
    /// Of what became due longer ago than this nothing is wanted, which was seen by a look at all of it.
    pub due_within: Option<Duration>,
}

impl Order {
    /// Whether nothing can come of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.limit == 0 || self.refused.len() == Class::ALL.len()
    }

    /// Groups of which no mail is wanted.
    pub fn full(&self) -> impl Iterator<Item = &DomainGroup> {
        let full = self.wanted.groups.iter().filter(|(_, wanted)| **wanted == 0);
        full.map(|(group, _)| group)
    }

    /// Groups of which only some mails are wanted, and how many.
    pub fn limited(&self) -> impl Iterator<Item = (&DomainGroup, usize)> {
        let limited = self.wanted.groups.iter().filter(|(_, wanted)| **wanted > 0);
        limited.map(|(group, wanted)| (group, *wanted))
    }

    /// Whether it leaves mails out.
    #[must_use]
    pub fn is_picky(&self) -> bool {
        !self.refused.is_empty() || self.full().next().is_some()
    }

    /// Whether all that this one left out entirely is left out by the other too.
    #[must_use]
    pub fn is_pickier_than(&self, other: &Self) -> bool {
        other
            .full()
            .all(|group| self.wanted.groups.get(group) == Some(&0))
            && other.refused.iter().all(|class| self.refused.contains(class))
    }

    /// Whether nothing can come of it, since all that there was, was given to `before`: what that one left out, or took
    /// only some of, is not wanted now either.
    #[must_use]
    pub fn is_vain_after(&self, before: &Self) -> bool {
        let still_full = before
            .limited()
            .all(|(group, _)| self.wanted.groups.get(group) == Some(&0));
        still_full && self.is_pickier_than(before)
    }
}

#[cfg(test)]
mod tests {
    use contracts::EmailAddress;

    use super::*;

    fn order(groups: &[(&str, usize)], refused: &[Class]) -> Order {
        let group =
            |domain: &str| DomainGroup::of(&EmailAddress::parse(&format!("a@{domain}")).expect("valid"));
        Order {
            limit: 8,
            wanted: Wanted {
                groups: groups
                    .iter()
                    .map(|(domain, wanted)| (group(domain), *wanted))
                    .collect(),
                of_others: 6,
            },
            refused: refused.to_vec(),
            not_before: None,
            due_within: None,
        }
    }

    #[test]
    fn a_look_is_vain_until_something_that_was_left_out_is_wanted() {
        let before = order(&[("full.example", 0), ("some.example", 2)], &[Class::Team]);
        let same = order(&[("full.example", 0), ("some.example", 0)], &[Class::Team]);
        assert!(same.is_vain_after(&before));
        for worth in [
            order(&[("full.example", 1), ("some.example", 0)], &[Class::Team]),
            order(&[("full.example", 0), ("some.example", 1)], &[Class::Team]),
            order(&[("full.example", 0), ("some.example", 0)], &[]),
            order(&[], &[Class::Team]),
        ] {
            assert!(!worth.is_vain_after(&before), "{worth:?}");
        }
        assert!(order(&[], &[]).is_vain_after(&order(&[], &[])));
    }

    #[test]
    fn an_order_without_a_relay_is_empty() {
        assert!(order(&[], &Class::ALL).is_empty());
        assert!(!order(&[("full.example", 0)], &[]).is_empty());
    }
}
