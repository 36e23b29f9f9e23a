//! Which mail system a recipient's domain belongs to: what one of its domains says about our mail holds for all.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use contracts::EmailAddress;
use serde::Deserialize;

use crate::domain::rate::Quota;

/// A known family of domains, by its name, or one domain. `Debug` shows families only: a domain may be a person's own.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainGroup(Arc<str>);

/// What a group takes from one sender. All of it per process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupLimits {
    /// Mails under way at once.
    pub connections: u32,
    pub quota: Option<Quota>,
}

impl GroupLimits {
    /// Of a domain that nothing is known of.
    pub const NONE: Self = Self {
        connections: u32::MAX,
        quota: None,
    };
}

impl DomainGroup {
    /// The group that an address belongs to.
    #[must_use]
    pub fn of(address: &EmailAddress) -> Self {
        let domain = address.domain();
        match FAMILIES.of_domain.get(domain) {
            Some(family) => Self(Arc::clone(&FAMILIES.all[*family].0)),
            None => Self(domain.into()),
        }
    }

    /// As the store keeps it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its name, if it is a known family: fit for logs and metrics.
    #[must_use]
    pub fn family(&self) -> Option<&'static str> {
        let family = FAMILIES.all.iter().find(|(name, _)| **name == *self.0);
        family.map(|(name, _)| &**name)
    }

    /// What it takes, as far as that is known beforehand.
    #[must_use]
    pub fn limits(&self) -> GroupLimits {
        let family = FAMILIES.all.iter().find(|(name, _)| **name == *self.0);
        family.map_or(GroupLimits::NONE, |(_, limits)| *limits)
    }

    /// The names of all known families.
    pub fn families() -> impl Iterator<Item = &'static str> {
        FAMILIES.all.iter().map(|(name, _)| &**name)
    }
}

impl fmt::Debug for DomainGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DomainGroup({})", self.family().unwrap_or("…"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    families: Vec<FamilyText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyText {
    /// No domain looks like it: it has no dot.
    name: String,
    domains: Vec<String>,
    connections: u32,
    per_second: u32,
}

struct Families {
    all: Vec<(Arc<str>, GroupLimits)>,
    of_domain: HashMap<String, usize>,
}

static FAMILIES: LazyLock<Families> = LazyLock::new(|| {
    let file: FileText = toml::from_str(include_str!("families.toml")).expect("tests have read it");
    Families::of(file)
});

impl Families {
    fn of(file: FileText) -> Self {
        let mut all = Vec::new();
        let mut of_domain = HashMap::new();
        for family in file.families {
            of_domain.extend(family.domains.into_iter().map(|domain| (domain, all.len())));
            let quota = Quota {
                mails: family.per_second,
                per: Duration::from_secs(1),
            };
            let limits = GroupLimits {
                connections: family.connections,
                quota: Some(quota),
            };
            all.push((family.name.into(), limits));
        }
        Self { all, of_domain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(address: &str) -> DomainGroup {
        DomainGroup::of(&EmailAddress::parse(address).expect("valid"))
    }

    #[test]
    fn domains_of_one_mail_system_are_one_group() {
        assert_eq!(group("a@gmail.com"), group("b@GoogleMail.com"));
        assert_eq!(group("a@hotmail.co.uk").family(), Some("microsoft"));
        assert_eq!(group("a@aol.com").family(), Some("yahoo"));
        assert_ne!(group("a@course.example"), group("a@other.example"));
    }

    #[test]
    fn the_list_has_each_domain_once_in_lower_case_and_no_name_that_could_be_one() {
        let file: FileText = toml::from_str(include_str!("families.toml")).expect("it reads");
        let domains: Vec<&String> = file.families.iter().flat_map(|family| &family.domains).collect();
        assert_eq!(FAMILIES.of_domain.len(), domains.len());
        for domain in domains {
            assert_eq!(
                group(&format!("a@{domain}")).0,
                FAMILIES.all[FAMILIES.of_domain[domain]].0
            );
        }
        assert!(DomainGroup::families().all(|name| !name.contains('.')));
    }

    #[test]
    fn a_domain_is_never_shown() {
        assert_eq!(format!("{:?}", group("a@anna.example")), "DomainGroup(…)");
        assert_eq!(format!("{:?}", group("a@gmail.com")), "DomainGroup(gmail)");
    }
}
