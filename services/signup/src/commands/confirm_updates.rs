//! A person confirms the consent to updates.

use telemetry::TraceParent;
use uuid::Uuid;

use crate::domain::consent::Evidence;
use crate::domain::link_token::{Link, LinkError, SignedLink};
use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::consents::{self, Confirmation};
use crate::store::{clock, signups};

/// Turns the pending consent of a signup into a given one. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Link`] if the link is unknown or expired, or the consent has lapsed or was withdrawn; the database is not
/// available.
pub async fn confirm_updates(
    state: &State,
    token: &str,
    evidence: Evidence,
    trace: TraceParent,
) -> Result<(), Error> {
    let signed = state.rules.links.verify(token)?;
    let inner = state.clone();
    state
        .database
        .run(async move { confirm(&inner, signed, &evidence, &trace).await })
        .await
}

async fn confirm(
    state: &State,
    signed: SignedLink,
    evidence: &Evidence,
    trace: &TraceParent,
) -> Result<(), Error> {
    let mut transaction = state.database.begin().await?;
    let at = clock::now(&mut transaction).await?;
    let signup = signup_of(signed.at(at)?)?;
    let person = signups::lock_person(&mut transaction, signup)
        .await?
        .ok_or(LinkError)?;
    match consents::confirm_updates(&mut transaction, signup, evidence).await? {
        Confirmation::NotPending => return Err(LinkError.into()),
        Confirmation::KnownBefore => return Ok(()),
        Confirmation::Given => {}
    }
    outbox::append(&mut transaction, &[events::updates_confirmed(person, at, trace)]).await?;
    transaction.commit().await?;
    state.wake.notify();
    Ok(())
}

fn signup_of(link: Link) -> Result<Uuid, LinkError> {
    match link {
        Link::Confirm(signup) => Ok(signup),
        _ => Err(LinkError),
    }
}
