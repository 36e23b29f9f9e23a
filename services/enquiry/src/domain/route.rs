//! Which team an enquiry goes to: the first rule whose conditions all hold, and why.

use contracts::enquiry::{Team, Topic};
use contracts::{EmailAddress, Slug};

use super::explanation::{Explanation, Finding, Step};
use super::words::{Phrase, Text};

/// The reviewed routes: read from a file at the start and never changed while the program runs.
#[derive(Debug, Clone)]
pub struct RoutingTable {
    pub topics: Vec<Topic>,
    pub teams: Vec<Team>,
    /// Tried in this order.
    pub rules: Vec<Rule>,
    /// Takes what no rule matched.
    pub last: LastRule,
    /// Where the mail goes if a team's inbox refuses it for good.
    pub fallback_inbox: EmailAddress,
}

/// A rule with conditions.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    /// One of each kind at most; all must hold.
    pub when: Vec<Condition>,
    pub team: Team,
}

/// The rule without conditions.
#[derive(Debug, Clone)]
pub struct LastRule {
    pub name: String,
    pub team: Team,
}

/// Holds if any of its values fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    Topic(Vec<Slug>),
    /// Whole words of the message, in any case.
    Words(Vec<Phrase>),
    /// The domain of the address, or one above it.
    AddressDomain(Vec<Domain>),
    Campaign(Vec<Slug>),
}

/// A domain of addresses, as a lower-case A-label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain(String);

/// What a rule looks at.
#[derive(Debug)]
pub struct Question<'a> {
    topic: &'a Slug,
    words: Text,
    address: &'a EmailAddress,
    campaign: Option<&'a Slug>,
}

/// Where an enquiry goes.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    pub rule: &'a str,
    pub team: &'a Team,
}

impl RoutingTable {
    /// The topic of this name.
    #[must_use]
    pub fn topic(&self, slug: &str) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.slug.as_str() == slug)
    }

    /// Where the question goes.
    #[must_use]
    pub fn route(&self, question: &Question<'_>) -> Route<'_> {
        self.rules.iter().find(|rule| rule.matches(question)).map_or(
            Route {
                rule: &self.last.name,
                team: &self.last.team,
            },
            |rule| Route {
                rule: &rule.name,
                team: &rule.team,
            },
        )
    }

    /// Where the question goes, why, and why no earlier rule took it.
    #[must_use]
    pub fn explain(&self, question: &Question<'_>) -> Explanation {
        let mut steps = Vec::new();
        for rule in &self.rules {
            let step = rule.explain(question);
            let matched = step.matched;
            steps.push(step);
            if matched {
                return Explanation::new(&rule.name, &rule.team, steps);
            }
        }
        steps.push(Step {
            rule: self.last.name.clone(),
            matched: true,
            conditions: Vec::new(),
        });
        Explanation::new(&self.last.name, &self.last.team, steps)
    }
}

impl Rule {
    fn matches(&self, question: &Question<'_>) -> bool {
        self.when
            .iter()
            .all(|condition| condition.fitting(question).is_some())
    }

    fn explain(&self, question: &Question<'_>) -> Step {
        Step {
            rule: self.name.clone(),
            matched: self.matches(question),
            conditions: self
                .when
                .iter()
                .map(|condition| condition.explain(question))
                .collect(),
        }
    }
}

impl Condition {
    /// The kind, as the file names it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Topic(_) => "topic",
            Self::Words(_) => "words",
            Self::AddressDomain(_) => "address_domain",
            Self::Campaign(_) => "campaign",
        }
    }

    /// The first value that fits.
    fn fitting(&self, question: &Question<'_>) -> Option<&str> {
        match self {
            Self::Topic(slugs) => slugs
                .iter()
                .find(|slug| *slug == question.topic)
                .map(Slug::as_str),
            Self::Words(phrases) => phrases
                .iter()
                .find(|phrase| phrase.is_in(&question.words))
                .map(Phrase::as_str),
            Self::AddressDomain(domains) => domains
                .iter()
                .find(|domain| domain.holds(question.address.domain()))
                .map(Domain::as_str),
            Self::Campaign(slugs) => slugs
                .iter()
                .find(|slug| Some(*slug) == question.campaign)
                .map(Slug::as_str),
        }
    }

    fn values(&self) -> Vec<&str> {
        match self {
            Self::Topic(slugs) | Self::Campaign(slugs) => slugs.iter().map(Slug::as_str).collect(),
            Self::Words(phrases) => phrases.iter().map(Phrase::as_str).collect(),
            Self::AddressDomain(domains) => domains.iter().map(Domain::as_str).collect(),
        }
    }

    fn explain(&self, question: &Question<'_>) -> Finding {
        let subject = match self {
            Self::Topic(_) => "the topic is",
            Self::Words(_) => "the message has",
            Self::AddressDomain(_) => "the address is at",
            Self::Campaign(_) => "the campaign is",
        };
        let fitting = self.fitting(question);
        let because = match fitting {
            Some(value) => format!("{subject} \"{value}\""),
            None => format!("{subject} none of \"{}\"", self.values().join("\", \"")),
        };
        Finding {
            condition: self.kind(),
            holds: fitting.is_some(),
            because,
        }
    }
}

impl Domain {
    /// A domain such as `example.com` or `edu`; international ones become A-labels.
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        // The policy of the form is the policy here: a domain that no address can have is a mistake.
        let address = EmailAddress::parse(&format!("anyone@below.{written}")).ok()?;
        address
            .domain()
            .strip_prefix("below.")
            .map(|domain| Self(domain.to_owned()))
    }

    /// The domain's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this domain or one below it.
    #[must_use]
    pub fn holds(&self, domain: &str) -> bool {
        domain
            .strip_suffix(&self.0)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl<'a> Question<'a> {
    /// What the rules look at. The message is cut into its words here, once.
    #[must_use]
    pub fn new(
        topic: &'a Slug,
        message: &str,
        address: &'a EmailAddress,
        campaign: Option<&'a Slug>,
    ) -> Self {
        Self {
            topic,
            words: Text::new(message),
            address,
            campaign,
        }
    }
}

#[cfg(test)]
mod tests;
