//! From what the file says to what it means, noting every mistake on the way.

use std::fmt::Display;
use std::ops::Range;

use contracts::enquiry::{Team, Topic};
use contracts::{EmailAddress, Slug};
use toml::Spanned;

use super::{FileText, RuleText, TeamText, TopicText, Values, WhenText};
use crate::domain::reachability::is_shadowed;
use crate::domain::route::{Condition, Domain, LastRule, RoutingTable, Rule};
use crate::domain::words::Phrase;

const TITLE_MAX: usize = 80;

pub(super) struct Reader<'a> {
    text: &'a str,
    /// Line and words of each.
    pub(super) mistakes: Vec<(usize, String)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            mistakes: Vec::new(),
        }
    }

    /// Notes a mistake; always `None`, for the value that is missing because of it.
    pub(super) fn refuse<T>(&mut self, at: &Range<usize>, what: impl Display) -> Option<T> {
        let before = self.text.get(..at.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        self.mistakes.push((line, what.to_string()));
        None
    }

    pub(super) fn table(&mut self, file: &FileText) -> Option<RoutingTable> {
        let fallback_inbox = self.inbox("fallback_inbox", &file.fallback_inbox);
        let topics: Vec<_> = file.topics.iter().filter_map(|topic| self.topic(topic)).collect();
        let teams: Vec<_> = file.teams.iter().filter_map(|team| self.team(team)).collect();
        self.refuse_twice("topic", file.topics.iter().map(|topic| &topic.slug));
        self.refuse_twice("team", file.teams.iter().map(|team| &team.slug));
        self.refuse_twice("rule", file.rules.iter().map(|rule| &rule.name));
        if topics.is_empty() {
            self.refuse::<()>(&(0..0), "at least one of [[topics]] is needed");
        }
        let Some((last, conditional)) = file.rules.split_last() else {
            return self.refuse(&(0..0), "a last of [[rules]], without `when`, is needed");
        };
        let known = Known {
            topics: &topics,
            teams: &teams,
        };
        let last = self.last_rule(last, &known);
        let rules = self.rules(conditional, &known);
        Some(RoutingTable {
            rules,
            last: last?,
            fallback_inbox: fallback_inbox?,
            topics,
            teams,
        })
    }

    fn topic(&mut self, topic: &TopicText) -> Option<Topic> {
        let slug = self.slug("topic", &topic.slug);
        let title = self.title("title", &topic.title);
        Some(Topic {
            slug: slug?,
            title: title?,
        })
    }

    fn team(&mut self, team: &TeamText) -> Option<Team> {
        let slug = self.slug("team", &team.slug);
        let name = self.title("name", &team.name);
        let inbox = self.inbox("inbox", &team.inbox);
        Some(Team {
            slug: slug?,
            name: name?,
            inbox: inbox?,
        })
    }

    fn rules(&mut self, rules: &[RuleText], known: &Known<'_>) -> Vec<Rule> {
        let mut read: Vec<Rule> = Vec::new();
        for rule in rules {
            let Some(parsed) = self.rule(rule, known) else {
                continue;
            };
            if is_shadowed(&parsed, &read, known.topics) {
                let what = format!(
                    "rule \"{}\" can never match: the rules before it take all of it",
                    parsed.name
                );
                self.refuse::<()>(&rule.name.span(), what);
            }
            read.push(parsed);
        }
        read
    }

    fn rule(&mut self, rule: &RuleText, known: &Known<'_>) -> Option<Rule> {
        let name = self.title("name", &rule.name);
        let team = self.team_named(&rule.team, known);
        let Some(when) = &rule.when else {
            return self.refuse(
                &rule.name.span(),
                "a rule without `when` takes everything: only the last may have none",
            );
        };
        let when = self.when(when, known);
        Some(Rule {
            name: name?,
            when: when?,
            team: team?,
        })
    }

    fn last_rule(&mut self, rule: &RuleText, known: &Known<'_>) -> Option<LastRule> {
        let name = self.title("name", &rule.name);
        let team = self.team_named(&rule.team, known);
        if rule.when.is_some() {
            return self.refuse(
                &rule.name.span(),
                "the last rule must take everything: it cannot have `when`",
            );
        }
        Some(LastRule {
            name: name?,
            team: team?,
        })
    }

    fn when(&mut self, spanned: &Spanned<WhenText>, known: &Known<'_>) -> Option<Vec<Condition>> {
        let when = spanned.as_ref();
        let topic = self.values(&when.topic, |text| {
            let named = known.topics.iter().find(|topic| topic.slug.as_str() == text);
            named
                .map(|topic| topic.slug.clone())
                .ok_or("is no topic of this file")
        });
        let words = self.values(&when.words, |text| Phrase::parse(text).ok_or("has no word in it"));
        let address_domain = self.values(&when.address_domain, |text| {
            Domain::parse(text).ok_or("is no domain that an address can have")
        });
        let campaign = self.values(&when.campaign, |text| {
            Slug::parse(text).map_err(|_| "is no name of a campaign")
        });
        let conditions: Vec<_> = [
            topic?.map(Condition::Topic),
            words?.map(Condition::Words),
            address_domain?.map(Condition::AddressDomain),
            campaign?.map(Condition::Campaign),
        ]
        .into_iter()
        .flatten()
        .collect();
        if conditions.is_empty() {
            return self.refuse(&spanned.span(), "`when` is empty: give it a condition");
        }
        Some(conditions)
    }

    /// `Some(None)` where the condition is not asked for, `None` where it cannot be read.
    fn values<T>(
        &mut self,
        list: &Option<Values>,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<Option<Vec<T>>> {
        let Some(list) = list else {
            return Some(None);
        };
        if list.as_ref().is_empty() {
            return self.refuse(&list.span(), "an empty list never matches");
        }
        let mut values = Vec::new();
        for value in list.as_ref() {
            match read(value.as_ref()) {
                Ok(value) => values.push(value),
                Err(why) => return self.refuse(&value.span(), format!("\"{}\" {why}", value.as_ref())),
            }
        }
        Some(Some(values))
    }

    fn team_named(&mut self, name: &Spanned<String>, known: &Known<'_>) -> Option<Team> {
        let team = known
            .teams
            .iter()
            .find(|team| team.slug.as_str() == name.as_ref());
        match team {
            Some(team) => Some(team.clone()),
            None => self.refuse(
                &name.span(),
                format!("\"{}\" is no team of this file", name.as_ref()),
            ),
        }
    }

    fn slug(&mut self, what: &str, value: &Spanned<String>) -> Option<Slug> {
        match Slug::parse(value.as_ref()) {
            Ok(slug) => Some(slug),
            Err(error) => self.refuse(&value.span(), format!("the slug of a {what} {error}")),
        }
    }

    fn title(&mut self, what: &str, value: &Spanned<String>) -> Option<String> {
        let text = value.as_ref().trim();
        let fits = (1..=TITLE_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits {
            return Some(text.to_owned());
        }
        self.refuse(
            &value.span(),
            format!("`{what}` must be one line of 1 to {TITLE_MAX} characters"),
        )
    }

    fn inbox(&mut self, what: &str, value: &Spanned<String>) -> Option<EmailAddress> {
        match EmailAddress::parse(value.as_ref()) {
            Ok(address) => Some(address),
            Err(error) => self.refuse(&value.span(), format!("`{what}`: {error}")),
        }
    }

    fn refuse_twice<'s>(&mut self, what: &str, names: impl Iterator<Item = &'s Spanned<String>>) {
        let mut seen = Vec::new();
        for name in names {
            if seen.contains(&name.as_ref()) {
                self.refuse::<()>(
                    &name.span(),
                    format!("there is another {what} \"{}\"", name.as_ref()),
                );
            }
            seen.push(name.as_ref());
        }
    }
}

struct Known<'a> {
    topics: &'a [Topic],
    teams: &'a [Team],
}
