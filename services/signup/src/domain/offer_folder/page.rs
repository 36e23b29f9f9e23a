//! What stands on the landing page: `[page]` and `[consent]` of `offer.toml`.

use std::ops::Range;

use url::Url;

use super::section::{Placed, Section, Source};
use crate::domain::offer::{ConsentText, OfferContent, PageText};

/// What the texts of a landing page may take, in bytes of HTML, so that the page stays below 14 KB with all that is
/// around them.
pub const PAGE_TEXT_MAX: usize = 5_120;

/// Reads `[page]`.
pub(super) fn read_page(page: &Section<'_>) -> Option<PageText> {
    let headline = page.text("headline", 120);
    let promise = page.text("lead", 400);
    let points = page.texts("bullets", 10, 200);
    let button = page.text("button", 40);
    let thanks = page.text("thanks", 600);
    page.finish();
    Some(PageText {
        headline: headline?.value,
        promise: promise?.value,
        points: points?.into_iter().map(|point| point.value).collect(),
        button: button?.value,
        thanks: thanks?.value,
    })
}

/// Reads `[consent]`.
pub(super) fn read_consent(consent: &Section<'_>) -> Option<ConsentText> {
    let version = consent.text("version", 40);
    let delivery = consent.text("privacy", 400);
    let updates = consent.text("updates", 300);
    let privacy_url = consent
        .optional_text("privacy_url", 200)
        .map(|url| check_url(consent, url));
    consent.finish();
    Some(ConsentText {
        version: version?.value,
        delivery: delivery?.value,
        updates: updates?.value,
        privacy_url: privacy_url.flatten(),
    })
}

/// Notes it if the page would become too large.
pub(super) fn check_page_size(source: Source<'_>, page_at: &Range<usize>, content: &OfferContent) {
    let bytes = page_bytes(content);
    if bytes > PAGE_TEXT_MAX {
        let text =
            format!("the texts of the page take {bytes} bytes, {PAGE_TEXT_MAX} keep the page below 14 KB");
        source.note(page_at, text);
    }
}

/// Bytes of the texts on the landing page, each as often as it stands there, with the escapes of HTML.
fn page_bytes(content: &OfferContent) -> usize {
    let (page, consent) = (&content.page, &content.consent);
    let bytes = |text: &String| text.len() + 5 * text.matches(['<', '>', '&', '"', '\'']).count();
    let once = [&page.button, &consent.delivery, &consent.updates];
    let once: usize = once.into_iter().chain(&page.points).map(bytes).sum();
    once + 2 * bytes(&page.promise) + 3 * bytes(&page.headline)
}

fn check_url(consent: &Section<'_>, url: Placed<String>) -> Option<String> {
    let web = Url::parse(&url.value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !web && !url.value.starts_with('/') {
        consent.note(
            &url.at,
            "privacy_url must be a web address or a path that starts with /",
        );
        return None;
    }
    Some(url.value)
}
