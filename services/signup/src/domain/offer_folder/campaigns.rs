//! The `[[campaigns]]` of `offer.toml`.

use std::collections::BTreeMap;

use contracts::Slug;
use url::Url;

use super::section::{Placed, Section, Source};
use crate::domain::campaign::{CampaignDraft, UtmDefaults};

/// Reads all of them; a slug may come only once.
pub(super) fn read(source: Source<'_>, sections: &[Section<'_>]) -> Option<Vec<CampaignDraft>> {
    let campaigns: Vec<Option<(Placed<Slug>, CampaignDraft)>> = sections.iter().map(read_one).collect();
    let mut seen = BTreeMap::new();
    for (slug, _) in campaigns.iter().flatten() {
        if seen.insert(slug.value.clone(), ()).is_some() {
            source.note(&slug.at, format!("campaign {} is there twice", slug.value));
        }
    }
    let campaigns: Option<Vec<_>> = campaigns.into_iter().map(|found| Some(found?.1)).collect();
    campaigns.filter(|campaigns| !campaigns.is_empty())
}

fn read_one(section: &Section<'_>) -> Option<(Placed<Slug>, CampaignDraft)> {
    let slug = section.parsed("slug", Slug::parse);
    let channel = section.parsed("channel", Slug::parse);
    let greeting = section.text("greeting", 80);
    let origins = section.optional_texts("allowed_origins", 200);
    let origins = origins.and_then(|origins| check_origins(section, origins));
    let utm = match section.optional_section("utm") {
        Some(utm) => read_utm(&utm),
        None => Some(UtmDefaults::default()),
    };
    section.finish();
    let slug = slug?;
    let draft = CampaignDraft {
        slug: slug.value.clone(),
        channel: channel?.value,
        greeting: greeting?.value,
        utm: utm?,
        allowed_origins: origins?,
    };
    Some((slug, draft))
}

fn read_utm(utm: &Section<'_>) -> Option<UtmDefaults> {
    let tag = |key| utm.optional_text(key, 100).map(|tag| tag.value);
    let tags = UtmDefaults {
        source: tag("source"),
        medium: tag("medium"),
        campaign: tag("campaign"),
        term: tag("term"),
        content: tag("content"),
    };
    utm.finish();
    Some(tags)
}

/// Each must be an origin exactly as browsers send it (RFC 6454 §6.2), or it would never match.
fn check_origins(section: &Section<'_>, origins: Vec<Placed<String>>) -> Option<Vec<String>> {
    let is_origin = |text: &str| {
        Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
        })
    };
    let wrong: Vec<_> = origins
        .iter()
        .filter(|origin| !is_origin(&origin.value))
        .collect();
    for origin in &wrong {
        section.note(
            &origin.at,
            "allowed_origins must be like https://www.example.org, without a path",
        );
    }
    let all_right = wrong.is_empty();
    all_right.then(|| origins.into_iter().map(|origin| origin.value).collect())
}
