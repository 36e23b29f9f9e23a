//! One arrival of a visitor: what the link and the browser said about where it came from.
//!
//! Whatever comes in is folded to lower case, normalised (NFC), freed of what cannot be seen and cut to a length;
//! nothing of it is ever a reason to refuse a signup.

use std::fmt;

use contracts::text::{TAG_BYTES, fold, in_one_line};

use super::campaign::UtmDefaults;
use super::channel_group::{self, Arrival, ChannelGroup, Decision};
use super::click_id::ClickIdKind;
use super::referrer::Referrer;

/// Longest click id that is kept, in bytes.
pub const CLICK_ID_MAX: usize = 256;
/// Longest landing page that is kept, in bytes.
pub const PAGE_MAX: usize = 300;

/// Where a signup came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    pub utm_source: Option<String>,
    pub utm_medium: Option<String>,
    pub utm_campaign: Option<String>,
    pub utm_term: Option<String>,
    pub utm_content: Option<String>,
    pub click_id: Option<ClickId>,
    pub referrer: Referrer,
    /// Path of the page, without its query.
    pub landing_page: Option<String>,
    pub channel: ChannelGroup,
}

/// A click id and the parameter that carried it. It is as good as a name, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClickId {
    pub kind: &'static ClickIdKind,
    value: String,
}

impl ClickId {
    /// The id itself. It stays in this service's database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for ClickId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClickId({}=…)", self.kind.param)
    }
}

/// Gathers a touch from query parameters or form fields, whichever order and however many there are.
/// Of a parameter that comes twice the first value counts.
#[derive(Debug, Default)]
pub struct TouchParts {
    tags: [Option<String>; 5],
    click_id: Option<ClickId>,
    referrer: Referrer,
    landing_page: Option<String>,
}

/// The names of the five UTM parameters, in the order of [`TouchParts`]' tags.
pub const UTM_NAMES: [&str; 5] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
];

impl TouchParts {
    /// Takes one parameter; names that mean nothing here are passed over.
    pub fn take(&mut self, name: &str, value: &str) {
        if let Some(at) = UTM_NAMES.iter().position(|utm| utm.eq_ignore_ascii_case(name)) {
            let tag = &mut self.tags[at];
            if tag.is_none() {
                *tag = fold(value, TAG_BYTES);
            }
        } else if let Some(kind) = ClickIdKind::of(name) {
            self.take_click_id(kind, value);
        }
    }

    /// Takes every pair of a query string or form.
    #[must_use]
    pub fn with_pairs<'a>(mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        for (name, value) in pairs {
            self.take(name, value);
        }
        self
    }

    /// Takes the value of a `Referer` header; `own_host` is the host of our public address.
    #[must_use]
    pub fn with_referrer(mut self, value: Option<&str>, own_host: &str) -> Self {
        self.referrer = value.map_or(Referrer::None, |value| Referrer::parse(value, own_host));
        self
    }

    /// Takes the address of the page; its query and fragment are dropped, they may hold anything.
    #[must_use]
    pub fn with_landing_page(mut self, page: Option<&str>) -> Self {
        let path = page.and_then(|page| page.split(['?', '#']).next());
        self.landing_page = path.and_then(|path| in_one_line(path, PAGE_MAX));
        self
    }

    /// Decides the channel and finishes the touch.
    #[must_use]
    pub fn finish(self) -> Touch {
        let channel = self.decide().channel;
        let [utm_source, utm_medium, utm_campaign, utm_term, utm_content] = self.tags;
        Touch {
            utm_source,
            utm_medium,
            utm_campaign,
            utm_term,
            utm_content,
            click_id: self.click_id,
            referrer: self.referrer,
            landing_page: self.landing_page,
            channel,
        }
    }

    /// The channel, and the rule that chose it.
    #[must_use]
    pub fn decide(&self) -> Decision {
        channel_group::decide(&self.arrival())
    }

    /// What the channel's rules look at.
    #[must_use]
    pub fn arrival(&self) -> Arrival<'_> {
        Arrival {
            source: self.tags[0].as_deref(),
            medium: self.tags[1].as_deref(),
            campaign: self.tags[2].as_deref(),
            referrer: &self.referrer,
            click_id: self.click_id.as_ref().map(|id| id.kind),
        }
    }

    fn take_click_id(&mut self, kind: &'static ClickIdKind, value: &str) {
        let says_more = |held: &ClickId| rank(kind) < rank(held.kind);
        if self.click_id.as_ref().is_none_or(says_more)
            && let Some(value) = in_one_line(value, CLICK_ID_MAX)
        {
            self.click_id = Some(ClickId { kind, value });
        }
    }
}

impl Touch {
    /// With the campaign's own tags where nothing else tells: a link without tags is still that campaign's.
    #[must_use]
    pub fn with_defaults(self, campaign: &UtmDefaults) -> Self {
        let tagged = self.fields().next().is_some() || self.referrer.is_external();
        if tagged {
            return self;
        }
        let tags = [
            &campaign.source,
            &campaign.medium,
            &campaign.campaign,
            &campaign.term,
            &campaign.content,
        ];
        let parts = TouchParts {
            tags: tags.map(|tag| tag.as_deref().and_then(|tag| fold(tag, TAG_BYTES))),
            click_id: None,
            referrer: self.referrer,
            landing_page: self.landing_page,
        };
        parts.finish()
    }

    /// The parameters to send along in a form, so that the same touch comes out again.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let tags = [
            &self.utm_source,
            &self.utm_medium,
            &self.utm_campaign,
            &self.utm_term,
            &self.utm_content,
        ];
        let tags = UTM_NAMES.into_iter().zip(tags);
        let tags = tags.filter_map(|(name, tag)| Some((name, tag.as_deref()?)));
        tags.chain(self.click_id.iter().map(|id| (id.kind.param, id.expose())))
    }

    /// What is told of it on Kafka: neither the click id nor the page.
    #[must_use]
    pub fn told(&self) -> contracts::signup::Touch {
        contracts::signup::Touch {
            utm_source: self.utm_source.clone(),
            utm_medium: self.utm_medium.clone(),
            utm_campaign: self.utm_campaign.clone(),
            utm_term: self.utm_term.clone(),
            utm_content: self.utm_content.clone(),
            referrer_class: self.referrer.class().map(std::borrow::Cow::into_owned),
            click_id_kind: self.click_id.as_ref().map(|id| id.kind.param.to_owned()),
            channel_group: Some(self.channel.as_str().to_owned()),
        }
    }
}

/// Lower is better: the order of the list of kinds.
fn rank(kind: &'static ClickIdKind) -> usize {
    let kinds = &super::click_id::KINDS;
    kinds
        .iter()
        .position(|listed| std::ptr::eq(listed, kind))
        .unwrap_or(kinds.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn touch(pairs: &[(&str, &str)]) -> Touch {
        TouchParts::default().with_pairs(pairs.iter().copied()).finish()
    }

    #[test]
    fn tags_are_folded_and_the_first_of_a_name_counts() {
        let touch = touch(&[
            ("UTM_Source", " Instagram\u{202E} "),
            ("utm_source", "facebook"),
            ("utm_campaign", "  SPRING\t\n SALE\0 "),
            ("q", "nothing"),
        ]);
        assert_eq!(touch.utm_source.as_deref(), Some("instagram"));
        assert_eq!(touch.utm_campaign.as_deref(), Some("spring sale"));
    }

    #[test]
    fn the_click_id_that_says_most_is_kept_and_never_shown() {
        let touch = touch(&[("fbclid", "IwAR0"), ("gclid", "Cj0K"), ("igshid", "x")]);
        let click_id = touch.click_id.as_ref().expect("a click id");
        assert_eq!((click_id.kind.param, click_id.expose()), ("gclid", "Cj0K"));
        assert!(!format!("{touch:?}").contains("Cj0K"));
    }

    #[test]
    fn the_page_is_kept_without_its_query() {
        let parts = TouchParts::default().with_landing_page(Some("/c/instagram?email=anna@example.com#x"));
        assert_eq!(parts.finish().landing_page.as_deref(), Some("/c/instagram"));
    }

    #[test]
    fn a_campaign_s_tags_are_used_only_where_nothing_else_tells() {
        let campaign = UtmDefaults {
            source: Some("Instagram".to_owned()),
            medium: Some("bio".to_owned()),
            ..UtmDefaults::default()
        };
        assert_eq!(
            touch(&[]).with_defaults(&campaign).channel,
            ChannelGroup::OrganicSocial
        );
        let tagged = touch(&[("utm_medium", "email")]).with_defaults(&campaign);
        assert_eq!(tagged.utm_source, None);
    }

    proptest! {
        #[test]
        fn a_touch_survives_its_own_form_fields(source in "\\PC{0,300}|.{0,40}", campaign in ".{0,300}", id in ".{0,400}") {
            let first = touch(&[("utm_source", &source), ("utm_campaign", &campaign), ("gclid", &id)]);
            let fields: Vec<(&str, &str)> = first.fields().collect();
            prop_assert_eq!(&touch(&fields), &first);
            for (_, value) in fields {
                prop_assert!(value.len() <= CLICK_ID_MAX && !value.chars().any(char::is_control));
            }
        }
    }
}
