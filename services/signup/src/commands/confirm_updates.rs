//! A person confirms the consent to updates.

use sqlx::PgConnection;
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
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { confirm(connection, signed, &evidence, &trace).await })
        })
        .await?;
    state.wake.notify();
    Ok(())
}

async fn confirm(
    connection: &mut PgConnection,
    signed: SignedLink,
    evidence: &Evidence,
    trace: &TraceParent,
) -> Result<(), Error> {
    let at = clock::now(connection).await?;
    let signup = signup_of(signed.at(at)?)?;
    let person = signups::lock_person(connection, signup).await?.ok_or(LinkError)?;
    match consents::confirm_updates(connection, signup, evidence).await? {
        Confirmation::NotPending => return Err(LinkError.into()),
        Confirmation::KnownBefore => return Ok(()),
        Confirmation::Given => {}
    }
    outbox::append(connection, &[events::updates_confirmed(person, at, trace)]).await?;
    Ok(())
}

fn signup_of(link: Link) -> Result<Uuid, LinkError> {
    match link {
        Link::Confirm(signup) => Ok(signup),
        _ => Err(LinkError),
    }
}
