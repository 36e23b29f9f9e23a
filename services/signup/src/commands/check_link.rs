//! Somebody opens a link of a mail, and nothing is changed by that.

use crate::domain::link_token::{Link, LinkError, LinkKind};
use crate::error::Error;
use crate::state::State;
use crate::store::clock;

/// What the token stands for, if it is of this kind and still works by the database's clock.
///
/// # Errors
/// [`Error::Link`], one for all; the database is not available.
pub async fn check_link(state: &State, kind: LinkKind, token: &str) -> Result<Link, Error> {
    let signed = state.rules.links.verify(token)?;
    if let Ok(link) = signed.for_ever() {
        return of_kind(link, kind);
    }
    let now = state
        .database
        .transaction(|connection| Box::pin(clock::now(connection)));
    of_kind(signed.at(now.await?)?, kind)
}

fn of_kind(link: Link, kind: LinkKind) -> Result<Link, Error> {
    if link.kind() == kind {
        Ok(link)
    } else {
        Err(LinkError.into())
    }
}
