//! Rules that can never match, because those before them take everything that they ask for.

use contracts::Slug;
use contracts::enquiry::Topic;

use super::route::{Condition, Domain, Rule};
use super::words::Phrase;

/// The kinds of question that a rule asks for, one value of each kind at a time.
#[derive(Clone, Copy)]
struct Piece<'a> {
    topic: &'a Slug,
    words: Option<&'a Phrase>,
    domain: Option<&'a Domain>,
    campaign: Option<&'a Slug>,
}

/// Whether everything that `rule` asks for is taken by the rules before it. What it says is always so; a rule that
/// only loses by chance of wording is not found.
#[must_use]
pub fn is_shadowed(rule: &Rule, earlier: &[Rule], topics: &[Topic]) -> bool {
    let asked = Asked::by(rule, topics);
    asked
        .pieces()
        .all(|piece| earlier.iter().any(|rule| takes(rule, &piece)))
}

fn takes(rule: &Rule, piece: &Piece<'_>) -> bool {
    rule.when.iter().all(|condition| match condition {
        Condition::Topic(slugs) => slugs.contains(piece.topic),
        Condition::Words(phrases) => piece
            .words
            .is_some_and(|asked| phrases.iter().any(|phrase| phrase.is_part_of(asked))),
        Condition::AddressDomain(domains) => piece
            .domain
            .is_some_and(|asked| domains.iter().any(|domain| domain.holds(asked.as_str()))),
        Condition::Campaign(slugs) => piece.campaign.is_some_and(|asked| slugs.contains(asked)),
    })
}

struct Asked<'a> {
    topics: Vec<&'a Slug>,
    words: Vec<Option<&'a Phrase>>,
    domains: Vec<Option<&'a Domain>>,
    campaigns: Vec<Option<&'a Slug>>,
}

impl<'a> Asked<'a> {
    fn by(rule: &'a Rule, topics: &'a [Topic]) -> Self {
        let mut asked = Self {
            topics: topics.iter().map(|topic| &topic.slug).collect(),
            words: vec![None],
            domains: vec![None],
            campaigns: vec![None],
        };
        for condition in &rule.when {
            match condition {
                Condition::Topic(slugs) => asked.topics = slugs.iter().collect(),
                Condition::Words(phrases) => asked.words = phrases.iter().map(Some).collect(),
                Condition::AddressDomain(domains) => asked.domains = domains.iter().map(Some).collect(),
                Condition::Campaign(slugs) => asked.campaigns = slugs.iter().map(Some).collect(),
            }
        }
        asked
    }

    fn pieces(&self) -> impl Iterator<Item = Piece<'a>> {
        self.topics.iter().flat_map(move |topic| {
            self.words.iter().flat_map(move |words| {
                self.domains.iter().flat_map(move |domain| {
                    self.campaigns.iter().map(move |campaign| Piece {
                        topic,
                        words: *words,
                        domain: *domain,
                        campaign: *campaign,
                    })
                })
            })
        })
    }
}
