//! Applies every offer folder at the start, as `signup offers apply` would.

use std::fs;
use std::path::{Path, PathBuf};

use signup::commands::{Applied, apply_offer};
use signup::domain::offer_folder;
use signup::state::State;

use crate::error::Error;
use crate::start_page::Entrance;
use crate::terminal::say;

/// Publishes what changed below `offers_dir`, and answers with the campaigns that lead to the offers.
///
/// # Errors
/// An offer that is wrong, with file and line, or a database that cannot take it.
pub async fn apply_all(state: &State, offers_dir: &Path) -> Result<Vec<Entrance>, Error> {
    let mut entrances = Vec::new();
    for folder in folders(offers_dir)? {
        let draft = offer_folder::read(&folder)?;
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

fn folders(offers_dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |source| Error::OffersDir {
        path: offers_dir.to_owned(),
        source,
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
