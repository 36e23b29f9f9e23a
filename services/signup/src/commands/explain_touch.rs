//! `signup touch explain`: which channel a visitor would be counted under, and why.

use std::fmt;

use clap::Args;
use serde::Serialize;

use crate::domain::channel_group::Facts;
use crate::domain::touch::TouchParts;

/// What came with the visitor.
#[derive(Debug, Clone, Default, Args)]
pub struct TouchArgs {
    /// The link's utm_source
    #[arg(long)]
    pub utm_source: Option<String>,
    /// The link's utm_medium
    #[arg(long)]
    pub utm_medium: Option<String>,
    /// The link's utm_campaign
    #[arg(long)]
    pub utm_campaign: Option<String>,
    /// The browser's Referer header, such as https://l.instagram.com/
    #[arg(long)]
    pub referrer: Option<String>,
    /// Name of the click id's parameter, such as gclid
    #[arg(long, value_name = "PARAMETER")]
    pub click_id: Option<String>,
    /// Our own host: a visitor who comes from there comes from nowhere else
    #[arg(long, default_value = "localhost")]
    pub own_host: String,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

/// The channel, the rule that chose it, and what the rule looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub channel: &'static str,
    pub because: &'static str,
    pub source: Option<String>,
    /// The medium that counted: as tagged, or as a click id or the source's own words prove it.
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub referrer_class: Option<String>,
    pub click_id_kind: Option<&'static str>,
    /// The site that was recognised, such as `social/instagram`.
    pub site: Option<String>,
}

/// Explains a touch by the same code that decides it at a signup.
#[must_use]
pub fn explain_touch(args: &TouchArgs) -> Explanation {
    let tags = [
        ("utm_source", args.utm_source.as_deref()),
        ("utm_medium", args.utm_medium.as_deref()),
        ("utm_campaign", args.utm_campaign.as_deref()),
    ];
    let tags = tags.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let click_id = args.click_id.as_deref().map(|param| (param, "id"));
    let parts = TouchParts::default()
        .with_pairs(tags.chain(click_id))
        .with_referrer(args.referrer.as_deref(), &args.own_host);
    let decision = parts.decide();
    let arrival = parts.arrival();
    let facts = Facts::of(&arrival);
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Explanation {
        channel: decision.channel.as_str(),
        because: decision.because,
        source: given(facts.source),
        medium: given(facts.medium),
        campaign: given(facts.campaign),
        referrer_class: arrival.referrer.class().map(Into::into),
        click_id_kind: arrival.click_id.map(|kind| kind.param),
        site: facts
            .site
            .map(|site| format!("{}/{}", site.kind.as_str(), site.name)),
    }
}

impl Explanation {
    /// The answer to print: sentences, or JSON if it was asked for.
    #[must_use]
    pub fn print(&self, json: bool) -> String {
        if json {
            return serde_json::to_string_pretty(self).expect("an explanation has a JSON form");
        }
        self.to_string()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.channel, self.because)?;
        let seen = [
            ("source", self.source.as_deref()),
            ("medium", self.medium.as_deref()),
            ("campaign", self.campaign.as_deref()),
            ("referrer", self.referrer_class.as_deref()),
            ("click id", self.click_id_kind),
            ("site", self.site.as_deref()),
        ];
        for (name, value) in seen {
            if let Some(value) = value {
                write!(f, "\n  {name:<9} {value}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_names_the_rule_and_what_it_saw() {
        let explanation = explain_touch(&TouchArgs {
            referrer: Some("https://www.google.com/search?q=secret".to_owned()),
            click_id: Some("gclid".to_owned()),
            ..TouchArgs::default()
        });
        assert_eq!(
            explanation.to_string(),
            "Paid Search: a paid medium, from a search engine\n  medium    cpc\n  referrer  search/google\n  \
             click id  gclid\n  site      search/google"
        );
        assert!(explanation.print(true).contains("\"channel\": \"Paid Search\""));
    }
}
