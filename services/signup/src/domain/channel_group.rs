//! Which channel a visitor came through, by the names of Google Analytics 4's default channel group
//! (support.google.com/analytics/answer/9756891).
//!
//! The rules are GA4's, in its order, the first that holds wins. Two things are added: a click id counts as the
//! medium that it proves, and where GA4 would say `Unassigned` the words of source and medium are read.

use super::click_id::ClickIdKind;
use super::referrer::Referrer;
use super::sites::{self, Site, SiteKind};

/// A channel, by GA4's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelGroup {
    Direct,
    CrossNetwork,
    PaidShopping,
    PaidSearch,
    PaidSocial,
    PaidVideo,
    Display,
    PaidOther,
    AiAssistants,
    OrganicShopping,
    OrganicSocial,
    OrganicVideo,
    OrganicSearch,
    Referral,
    Email,
    Affiliates,
    Audio,
    Sms,
    MobilePush,
    Unassigned,
}

impl ChannelGroup {
    /// The name as reports spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "Direct",
            Self::CrossNetwork => "Cross-network",
            Self::PaidShopping => "Paid Shopping",
            Self::PaidSearch => "Paid Search",
            Self::PaidSocial => "Paid Social",
            Self::PaidVideo => "Paid Video",
            Self::Display => "Display",
            Self::PaidOther => "Paid Other",
            Self::AiAssistants => "AI Assistants",
            Self::OrganicShopping => "Organic Shopping",
            Self::OrganicSocial => "Organic Social",
            Self::OrganicVideo => "Organic Video",
            Self::OrganicSearch => "Organic Search",
            Self::Referral => "Referral",
            Self::Email => "Email",
            Self::Affiliates => "Affiliates",
            Self::Audio => "Audio",
            Self::Sms => "SMS",
            Self::MobilePush => "Mobile Push Notifications",
            Self::Unassigned => "Unassigned",
        }
    }
}

/// What came with a visitor, folded to lower case and trimmed.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    pub source: Option<&'a str>,
    pub medium: Option<&'a str>,
    pub campaign: Option<&'a str>,
    pub referrer: &'a Referrer,
    pub click_id: Option<&'static ClickIdKind>,
}

/// The channel and the rule that chose it, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub channel: ChannelGroup,
    pub because: &'static str,
}

/// What the rules look at.
#[derive(Debug)]
pub struct Facts<'a> {
    pub source: &'a str,
    /// Given as a tag, or proved by a click id, or said by the source's own words.
    pub medium: &'a str,
    pub campaign: &'a str,
    /// The site that source, referrer or click id (in this order) name.
    pub site: Option<Site>,
    paid: bool,
    tagged: bool,
    referred: bool,
}

/// Applies the rules.
#[must_use]
pub fn decide(arrival: &Arrival<'_>) -> Decision {
    let facts = Facts::of(arrival);
    let rule = super::channel_rules::RULES
        .iter()
        .find(|rule| (rule.holds)(&facts));
    rule.map_or(
        Decision {
            channel: ChannelGroup::Unassigned,
            because: "no rule holds for these tags",
        },
        |rule| Decision {
            channel: rule.channel,
            because: rule.because,
        },
    )
}

impl<'a> Facts<'a> {
    /// Weighs the parts of an arrival: tags win over the referrer, the referrer over the click id.
    #[must_use]
    pub fn of(arrival: &Arrival<'a>) -> Self {
        let source = given(arrival.source);
        let tagged_medium = given(arrival.medium);
        let site = site_of(source, arrival);
        let medium = if tagged_medium.is_empty() {
            implied_medium(source, site, arrival)
        } else {
            tagged_medium
        };
        let by_search_ad = site.is_some_and(|site| site.kind == SiteKind::SearchAds);
        Self {
            source,
            medium,
            campaign: given(arrival.campaign),
            site,
            paid: by_search_ad || is_paid(medium),
            tagged: !source.is_empty() || !tagged_medium.is_empty() || !given(arrival.campaign).is_empty(),
            referred: source.is_empty() && arrival.referrer.is_external(),
        }
    }

    /// Nothing says where the visitor came from.
    pub(super) fn is_direct(&self) -> bool {
        let says_so = matches!(self.source, "(direct)" | "direct") && self.medium.is_empty();
        let says_nothing = !self.tagged && !self.referred && self.site.is_none() && self.medium.is_empty();
        says_so || says_nothing
    }

    pub(super) fn is_paid(&self) -> bool {
        self.paid
    }

    pub(super) fn is_from(&self, kind: SiteKind) -> bool {
        self.site.is_some_and(|site| site.kind == kind)
    }

    pub(super) fn is_from_search(&self) -> bool {
        self.is_from(SiteKind::Search) || self.is_from(SiteKind::SearchAds)
    }

    /// Came over a link on another site, and nothing else is known.
    pub(super) fn is_untagged_referral(&self) -> bool {
        self.referred && self.medium.is_empty()
    }

    pub(super) fn medium_has_word(&self, wanted: &[&str]) -> bool {
        sites::words(self.medium).any(|word| wanted.contains(&word))
    }

    pub(super) fn source_has_word(&self, wanted: &[&str]) -> bool {
        sites::words(self.source).any(|word| wanted.contains(&word))
    }
}

/// A tag that holds a value: what analytics tools write for "nothing" is nothing.
fn given(tag: Option<&str>) -> &str {
    match tag.unwrap_or_default() {
        "(none)" | "(not set)" | "null" | "undefined" => "",
        tag => tag,
    }
}

fn site_of(source: &str, arrival: &Arrival<'_>) -> Option<Site> {
    if !source.is_empty() {
        return sites::by_source(source);
    }
    if arrival.referrer.is_external() {
        return arrival.referrer.site();
    }
    let click_id = arrival.click_id?;
    sites::by_source(click_id.sites.first()?)
}

/// A click id proves its medium where it fits the source; a link with a click id that was passed on does not.
fn implied_medium(source: &str, site: Option<Site>, arrival: &Arrival<'_>) -> &'static str {
    if sites::is_advertisement(source) {
        return "cpc";
    }
    let Some(click_id) = arrival.click_id else {
        return "";
    };
    let nothing_else = source.is_empty() && !arrival.referrer.is_external();
    let fits = site.is_some_and(|site| click_id.sites.contains(&site.name));
    if nothing_else || fits {
        return click_id.medium.unwrap_or_default();
    }
    ""
}

/// GA4: `^(.*cp.*|ppc|retargeting|paid.*)$`; besides, a word that only advertisers use.
fn is_paid(medium: &str) -> bool {
    let has = |words: &[&str]| sites::words(medium).any(|word| words.contains(&word));
    let by_ga4 =
        medium.contains("cp") || matches!(medium, "ppc" | "retargeting") || medium.starts_with("paid");
    by_ga4 || (has(&["paid", "ppc", "ads", "ad", "sponsored"]) && !has(&["display", "banner"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ChannelGroup as C;

    const OWN: &str = "learn.example";

    /// `source / medium / campaign / referrer / click id`, each of which may be left out.
    fn channel(touch: &str) -> C {
        let mut parts = touch
            .split(" / ")
            .map(|part| Some(part).filter(|part| !part.is_empty()));
        let mut next = || parts.next().flatten();
        let (source, medium, campaign) = (next(), next(), next());
        let referrer = next().map_or(Referrer::None, |value| Referrer::parse(value, OWN));
        let click_id = next().and_then(ClickIdKind::of);
        let arrival = Arrival {
            source,
            medium,
            campaign,
            referrer: &referrer,
            click_id,
        };
        decide(&arrival).channel
    }

    #[test]
    fn each_rule_of_ga4_holds_in_its_order() {
        for (touch, expected) in [
            ("", C::Direct),
            ("(direct) / (none)", C::Direct),
            (" /  /  / https://learn.example/c/x", C::Direct),
            ("google / cpc / spring cross-network", C::CrossNetwork),
            ("amazon / cpc", C::PaidShopping),
            ("newsletter / ppc / shop-spring", C::PaidShopping),
            ("bing / ppc", C::PaidSearch),
            ("ecosia.org / cpm", C::PaidSearch),
            ("tiktok / paid-social", C::PaidSocial),
            ("vimeo / cpv", C::PaidVideo),
            ("partner.example / interstitial", C::Display),
            ("partner.example / paid-anything", C::PaidOther),
            ("etsy.com / organic", C::OrganicShopping),
            ("bluesky", C::OrganicSocial),
            ("partner.example / sm", C::OrganicSocial),
            ("twitch.tv / social-ish", C::OrganicVideo),
            ("partner.example / short-video", C::OrganicVideo),
            ("startpage", C::OrganicSearch),
            ("partner.example / organic", C::OrganicSearch),
            ("partner.example / app", C::Referral),
            ("e-mail / anything", C::Email),
            ("partner.example / affiliate", C::Affiliates),
            ("partner.example / audio", C::Audio),
            ("sms / anything", C::Sms),
            ("app / web-push", C::MobilePush),
            ("partner.example / something else", C::Unassigned),
            ("partner.example", C::Unassigned),
        ] {
            assert_eq!(channel(touch), expected, "{touch}");
        }
    }

    #[test]
    fn a_tagged_link_wins_over_the_referrer_and_the_referrer_over_the_click_id() {
        for (touch, expected) in [
            ("newsletter / email /  / https://www.facebook.com/", C::Email),
            (" /  /  / https://www.facebook.com/ / fbclid", C::OrganicSocial),
            (" /  /  /  / fbclid", C::OrganicSocial),
            (" /  /  /  / gclid", C::PaidSearch),
            (" /  /  /  / ttclid", C::PaidSocial),
            (" /  /  / https://m.youtube.com/ / gclid", C::PaidVideo),
            (" /  /  / https://blog.example/post / gclid", C::Referral),
            ("newsletter / email /  /  / gclid", C::Email),
            ("google /  /  /  / gclid", C::PaidSearch),
            (" /  /  /  / mc_eid", C::Email),
            (" /  /  /  / dclid", C::Display),
        ] {
            assert_eq!(channel(touch), expected, "{touch}");
        }
    }

    #[test]
    fn where_ga4_has_no_answer_the_words_are_read() {
        for (touch, expected) in [
            ("ig_story", C::OrganicSocial),
            ("linkedin-ads", C::PaidSocial),
            ("bingads", C::PaidSearch),
            ("instagram / story-ads", C::PaidSocial),
            ("spring_newsletter", C::Email),
            ("partner.example / email-footer", C::Email),
            ("partner.example / organic_social", C::OrganicSocial),
            ("show.example / podcast", C::Audio),
            ("chatgpt.com", C::AiAssistants),
            ("partner.example / display-ads", C::Display),
        ] {
            assert_eq!(channel(touch), expected, "{touch}");
        }
    }

    #[test]
    fn an_untagged_visit_is_named_by_the_site_it_comes_from() {
        for (referrer, expected) in [
            ("https://www.google.co.in/", C::OrganicSearch),
            ("https://gemini.google.com/app", C::AiAssistants),
            ("https://mail.google.com/mail/u/0/", C::Email),
            ("https://out.reddit.com/t3_x", C::OrganicSocial),
            ("https://www.youtube.com/redirect?q=x", C::OrganicVideo),
            ("https://www.pinterest.de/", C::OrganicSocial),
            ("https://www.ebay.co.uk/", C::OrganicShopping),
            ("android-app://com.google.android.gm/", C::Email),
            ("android-app://com.twitter.android/", C::OrganicSocial),
            ("https://intranet.some-company.example/wiki", C::Referral),
            ("ftp://files.example/", C::Direct),
            ("https://instagram.com.evil.example/", C::Referral),
        ] {
            assert_eq!(channel(&format!(" /  /  / {referrer}")), expected, "{referrer}");
        }
    }
}
