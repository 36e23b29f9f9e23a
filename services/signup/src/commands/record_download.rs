//! Somebody fetches the file that a mail links to.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::fetcher::Fetcher;
use crate::domain::link_token::{Link, LinkError, SignedLink};
use crate::error::Error;
use crate::metrics::Step;
use crate::state::State;
use crate::store::downloads::{self, NewestFile};

/// The newest file of the offer.
#[derive(Debug)]
pub struct Download {
    /// The name to save it under.
    pub name: String,
    pub media_type: String,
    /// SHA-256 of the bytes: an entity tag that never lies.
    pub sha256: Vec<u8>,
    pub bytes: Vec<u8>,
}

/// Finds the file and notes who fetched it. The link works as often as it is used.
///
/// # Errors
/// [`Error::Link`] if the link is unknown or expired, or its signup was erased; the database is not available.
pub async fn record_download(state: &State, token: &str, fetcher: Fetcher) -> Result<Download, Error> {
    let signed = state.rules.links.verify(token)?;
    let file = state
        .database
        .transaction(move |connection| Box::pin(find_and_note(connection, signed, fetcher)))
        .await?;
    state
        .metrics
        .step_of(&file.campaign, &file.channel, Step::Download(fetcher));
    Ok(Download {
        name: file.name,
        media_type: file.media_type,
        sha256: file.sha256,
        bytes: file.bytes,
    })
}

async fn find_and_note(
    connection: &mut PgConnection,
    signed: SignedLink,
    fetcher: Fetcher,
) -> Result<NewestFile, Error> {
    let signup = signup_of(signed)?;
    let file = downloads::find_file(connection, signup).await?.ok_or(LinkError)?;
    signed.at(file.now)?;
    downloads::record(connection, signup, fetcher).await?;
    Ok(file)
}

fn signup_of(signed: SignedLink) -> Result<Uuid, LinkError> {
    match signed.whenever() {
        Link::Download(signup) => Ok(signup),
        _ => Err(LinkError),
    }
}
