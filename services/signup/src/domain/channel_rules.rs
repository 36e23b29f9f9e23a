//! The rules that choose a channel, in order: the first that holds wins.

use super::channel_group::{ChannelGroup, Facts};
use super::sites::SiteKind;

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub channel: ChannelGroup,
    /// What holds when it wins, in words.
    pub because: &'static str,
    pub holds: fn(&Facts<'_>) -> bool,
}

const fn rule(channel: ChannelGroup, because: &'static str, holds: fn(&Facts<'_>) -> bool) -> Rule {
    Rule {
        channel,
        because,
        holds,
    }
}

const DISPLAY: [&str; 5] = ["display", "banner", "expandable", "interstitial", "cpm"];
const SOCIAL_MEDIA: [&str; 6] = [
    "social",
    "social-network",
    "social-media",
    "sm",
    "social network",
    "social media",
];
const EMAIL: [&str; 4] = ["email", "e-mail", "e_mail", "e mail"];

pub(super) static RULES: [Rule; 30] = [
    rule(
        ChannelGroup::Direct,
        "nothing says where the visitor came from",
        |f| f.is_direct(),
    ),
    rule(ChannelGroup::CrossNetwork, "the campaign is cross-network", |f| {
        f.campaign.contains("cross-network")
    }),
    rule(
        ChannelGroup::PaidShopping,
        "a paid medium, from a shop or for a shopping campaign",
        |f| f.is_paid() && (f.is_from(SiteKind::Shopping) || is_shopping(f.campaign)),
    ),
    rule(
        ChannelGroup::PaidSearch,
        "a paid medium, from a search engine",
        |f| f.is_paid() && f.is_from_search(),
    ),
    rule(
        ChannelGroup::PaidSocial,
        "a paid medium, from a social network",
        |f| f.is_paid() && f.is_from(SiteKind::Social),
    ),
    rule(ChannelGroup::PaidVideo, "a paid medium, from a video site", |f| {
        f.is_paid() && f.is_from(SiteKind::Video)
    }),
    rule(
        ChannelGroup::Display,
        "the medium is a kind of display advertisement",
        |f| DISPLAY.contains(&f.medium),
    ),
    rule(
        ChannelGroup::PaidOther,
        "a paid medium, from no site of a known kind",
        |f| f.is_paid(),
    ),
    rule(ChannelGroup::AiAssistants, "from an AI assistant", |f| {
        f.is_from(SiteKind::Assistant)
    }),
    rule(
        ChannelGroup::OrganicShopping,
        "from a shop, or for a shopping campaign",
        |f| f.is_from(SiteKind::Shopping) || is_shopping(f.campaign),
    ),
    rule(ChannelGroup::OrganicSocial, "from a social network", |f| {
        f.is_from(SiteKind::Social)
    }),
    rule(ChannelGroup::OrganicSocial, "the medium is social media", |f| {
        SOCIAL_MEDIA.contains(&f.medium)
    }),
    rule(ChannelGroup::OrganicVideo, "from a video site", |f| {
        f.is_from(SiteKind::Video)
    }),
    rule(ChannelGroup::OrganicVideo, "the medium is video", |f| {
        f.medium.contains("video")
    }),
    rule(ChannelGroup::OrganicSearch, "from a search engine", |f| {
        f.is_from_search()
    }),
    rule(ChannelGroup::OrganicSearch, "the medium is organic", |f| {
        f.medium == "organic"
    }),
    rule(ChannelGroup::Referral, "the medium is a link", |f| {
        matches!(f.medium, "referral" | "app" | "link")
    }),
    rule(ChannelGroup::Email, "source or medium is email", |f| {
        EMAIL.contains(&f.medium) || EMAIL.contains(&f.source)
    }),
    rule(ChannelGroup::Affiliates, "the medium is affiliate", |f| {
        f.medium == "affiliate"
    }),
    rule(ChannelGroup::Audio, "the medium is audio", |f| {
        f.medium == "audio"
    }),
    rule(ChannelGroup::Sms, "source or medium is sms", |f| {
        f.medium == "sms" || f.source == "sms"
    }),
    rule(ChannelGroup::MobilePush, "a push notification", |f| {
        f.medium.ends_with("push")
            || f.medium.contains("mobile")
            || f.medium.contains("notification")
            || f.source == "firebase"
    }),
    // From here on GA4 has no answer: the words are read.
    rule(
        ChannelGroup::Display,
        "a word of the medium says display advertisement",
        |f| f.medium_has_word(&DISPLAY),
    ),
    rule(
        ChannelGroup::OrganicSocial,
        "a word of the medium says social media",
        |f| f.medium_has_word(&["social"]),
    ),
    rule(
        ChannelGroup::Email,
        "a word of source or medium says newsletter",
        |f| {
            let email = ["email", "mail", "newsletter", "emailing", "mailing"];
            f.is_from(SiteKind::Mail) || f.medium_has_word(&email) || f.source_has_word(&email)
        },
    ),
    rule(
        ChannelGroup::Affiliates,
        "a word of the medium says affiliate",
        |f| f.medium_has_word(&["affiliate", "affiliates", "aff"]),
    ),
    rule(
        ChannelGroup::Audio,
        "a word of source or medium says podcast",
        |f| {
            let audio = ["audio", "podcast", "podcasts"];
            f.medium_has_word(&audio) || f.source_has_word(&audio)
        },
    ),
    rule(ChannelGroup::Sms, "a word of the medium says text message", |f| {
        f.medium_has_word(&["sms", "text"])
    }),
    rule(ChannelGroup::Referral, "a word of the medium says link", |f| {
        f.medium_has_word(&["referral", "referrer", "backlink", "partner"])
    }),
    rule(ChannelGroup::Referral, "over a link on another site", |f| {
        f.is_untagged_referral()
    }),
];

/// GA4: `^(.*(([^a-df-z]|^)shop|shopping).*)$`.
fn is_shopping(campaign: &str) -> bool {
    let starts_a_word = |at: usize| {
        let before = campaign[..at].chars().next_back();
        before.is_none_or(|c| c == 'e' || !c.is_ascii_lowercase())
    };
    campaign.contains("shopping") || campaign.match_indices("shop").any(|(at, _)| starts_a_word(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_is_for_shopping_by_a_word_of_its_own() {
        for (campaign, expected) in [
            ("shop-spring", true),
            ("eshop", true),
            ("spring_shop", true),
            ("shopping", true),
            ("workshop", false),
            ("workshopping", true),
            ("bishop", false),
        ] {
            assert_eq!(is_shopping(campaign), expected, "{campaign}");
        }
    }
}
