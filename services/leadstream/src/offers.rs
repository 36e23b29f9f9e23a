//! Applies every offer folder at the start, as `signup offers apply` would.

use std::fs;
use std::path::{Path, PathBuf};

use program::Failure;
use settings::{SettingsError, exit_code};
use signup::commands::{Applied, apply_offer};
use signup::domain::offer::OfferDraft;
use signup::domain::offer_folder;
use signup::state::State;

use crate::start_page::Entrance;
use crate::terminal::say;

/// Reads every offer below `offers_dir`.
///
/// # Errors
/// A folder that cannot be read, or all that is wrong with an offer, with file and line.
pub fn read_all(offers_dir: &Path) -> Result<Vec<OfferDraft>, Failure> {
    let read = |folder: PathBuf| {
        offer_folder::read(&folder).map_err(|mistakes| Failure::new(exit_code::USAGE, mistakes))
    };
    folders(offers_dir)?.into_iter().map(read).collect()
}

/// Publishes the offers that changed, and answers with the campaigns that lead to all of them.
///
/// # Errors
/// A campaign that belongs to another offer, or a database that cannot take them.
pub async fn apply_all(state: &State, offers: Vec<OfferDraft>) -> Result<Vec<Entrance>, Failure> {
    let mut entrances = Vec::new();
    for draft in offers {
        entrances.extend(draft.campaigns.iter().map(|campaign| Entrance {
            slug: campaign.slug.to_string(),
            greeting: campaign.greeting.clone(),
        }));
        if let Applied::Published(offer) = apply_offer(state, draft).await? {
            say(format_args!(
                "  offer {} version {} is published",
                offer.slug, offer.version
            ));
        }
    }
    Ok(entrances)
}

fn folders(offers_dir: &Path) -> Result<Vec<PathBuf>, SettingsError> {
    let unreadable = |error| {
        SettingsError::new(
            "OFFERS_DIR",
            format_args!("cannot be read ({}): {error}", offers_dir.display()),
        )
    };
    let mut folders = Vec::new();
    for entry in fs::read_dir(offers_dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join("offer.toml").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}
