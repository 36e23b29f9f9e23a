//! An offer: the lead magnet as one versioned object.

use std::fmt;

use contracts::Slug;
use contracts::offer::{DeliveryMail, DeliveryMode, OfferVersion};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::domain::campaign::CampaignDraft;
use crate::domain::consent::{Purpose, Sha256Sum};

/// An offer as its folder says it, checked, before it has a version number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferDraft {
    pub slug: Slug,
    pub content: OfferContent,
    pub file: FileDraft,
    /// The channels' ways in. They are no part of the version: a greeting may change without a new one.
    pub campaigns: Vec<CampaignDraft>,
}

/// All of a version but its file's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferContent {
    pub title: String,
    /// BCP 47 language of page and mail.
    pub language: String,
    pub delivery: DeliveryMode,
    pub page: PageText,
    pub consent: ConsentText,
    pub mail: DeliveryMail,
}

/// What the landing page and the thanks page say. Plain text, escaped where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageText {
    /// Follows the campaign's greeting: "Get a FREE cheat sheet on system design".
    pub headline: String,
    /// One or two sentences under it.
    pub promise: String,
    /// What is inside, point by point.
    pub points: Vec<String>,
    /// On the button: "Send me the cheat sheet".
    pub button: String,
    /// What happens next, on the thanks page.
    pub thanks: String,
}

/// The wording that consent is asked with. Its sum and version are the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentText {
    /// The marketer's name for this wording, such as `2026-11`.
    pub version: String,
    /// Beside the button: what the address is used for.
    pub delivery: String,
    /// Beside the box, which starts unticked: what else it would be used for.
    pub updates: String,
    /// The privacy notice that the page links to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_url: Option<String>,
}

impl ConsentText {
    /// The wording that was shown for a purpose.
    #[must_use]
    pub fn wording(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::Delivery => &self.delivery,
            Purpose::Updates => &self.updates,
        }
    }

    /// SHA-256 of that wording.
    #[must_use]
    pub fn sum(&self, purpose: Purpose) -> Sha256Sum {
        Sha256Sum::of(self.wording(purpose).as_bytes())
    }
}

/// The file of an offer. `Debug` shows its size, not its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct FileDraft {
    /// The name it is saved under.
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for FileDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileDraft")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl OfferDraft {
    /// What makes two versions the same: SHA-256 of everything but the campaigns.
    #[must_use]
    pub fn content_sum(&self) -> Sha256Sum {
        let content = serde_json::to_vec(&self.content).expect("texts have a JSON form");
        let mut hash = Sha256::new();
        for part in [
            &content,
            self.file.name.as_bytes(),
            self.file.media_type.as_bytes(),
            &self.file.bytes,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Sha256Sum(hash.finalize().into())
    }
}

/// A version of an offer as it goes out: its number, its texts and its file.
#[derive(Debug)]
pub struct Publication {
    pub version: OfferVersion,
    pub content: OfferContent,
    pub file: FileDraft,
    pub at: OffsetDateTime,
}

/// The version of an offer that its pages show now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentOffer {
    pub version: OfferVersion,
    pub title: String,
    pub language: String,
    pub delivery: DeliveryMode,
    pub page: PageText,
    pub consent: ConsentText,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small offer that is valid.
    pub(crate) fn draft() -> OfferDraft {
        OfferDraft {
            slug: Slug::parse("system-design").expect("a slug"),
            content: OfferContent {
                title: "System Design Cheat Sheet".to_owned(),
                language: "en".to_owned(),
                delivery: DeliveryMode::Both,
                page: PageText {
                    headline: "Get it".to_owned(),
                    promise: "It helps.".to_owned(),
                    points: vec!["Caches".to_owned()],
                    button: "Send it".to_owned(),
                    thanks: "Look into your inbox.".to_owned(),
                },
                consent: ConsentText {
                    version: "2026-11".to_owned(),
                    delivery: "We mail you the file.".to_owned(),
                    updates: "Mail me news, too.".to_owned(),
                    privacy_url: None,
                },
                mail: DeliveryMail {
                    subject: "Your cheat sheet".to_owned(),
                    text: "Here".to_owned(),
                    html: "<p>Here</p>".to_owned(),
                },
            },
            file: FileDraft {
                name: "cheat-sheet.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                bytes: b"%PDF-1.7".to_vec(),
            },
            campaigns: Vec::new(),
        }
    }

    #[test]
    fn every_part_of_an_offer_but_its_campaigns_makes_a_new_version() {
        let before = draft().content_sum();
        assert_eq!(before, draft().content_sum());
        let changes: [fn(&mut OfferDraft); 4] = [
            |offer| offer.content.page.button.push('!'),
            |offer| offer.content.consent.updates.push('!'),
            |offer| offer.content.mail.html.push('!'),
            |offer| offer.file.bytes.push(b'!'),
        ];
        for change in changes {
            let mut offer = draft();
            change(&mut offer);
            assert_ne!(offer.content_sum(), before);
        }
    }
}
