//! A person wants no more mails, or says that it was not them who asked.

use contracts::PersonId;
use contracts::signup::UnsubscribeScope;
use sqlx::PgConnection;
use telemetry::TraceParent;

use crate::domain::consent::{Evidence, Purpose};
use crate::domain::link_token::{Link, LinkError};
use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{clock, consents, leads};

/// Withdraws the consent to updates. What the person asks for still comes. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Link`] if the link is not one of ours; the database is not available.
pub async fn unsubscribe(
    state: &State,
    token: &str,
    evidence: Evidence,
    trace: TraceParent,
) -> Result<(), Error> {
    stop(state, token, UnsubscribeScope::Updates, evidence, trace).await
}

/// "This was not me": withdraws everything, so that nothing is mailed to the address any more.
///
/// # Errors
/// As [`unsubscribe`].
pub async fn not_me(state: &State, token: &str, evidence: Evidence, trace: TraceParent) -> Result<(), Error> {
    stop(state, token, UnsubscribeScope::Everything, evidence, trace).await
}

async fn stop(
    state: &State,
    token: &str,
    scope: UnsubscribeScope,
    evidence: Evidence,
    trace: TraceParent,
) -> Result<(), Error> {
    let Link::Unsubscribe(person) = state.rules.links.verify(token)?.for_ever()? else {
        return Err(LinkError.into());
    };
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { note(connection, person, scope, &evidence, &trace).await })
        })
        .await?;
    state.wake.notify();
    Ok(())
}

/// A person without a lead here (erased, or known to enquiry only) leaves no evidence, but is still heard.
async fn note(
    connection: &mut PgConnection,
    person: PersonId,
    scope: UnsubscribeScope,
    evidence: &Evidence,
    trace: &TraceParent,
) -> Result<(), Error> {
    let purposes = match scope {
        UnsubscribeScope::Updates => &[Purpose::Updates][..],
        UnsubscribeScope::Everything => &[Purpose::Updates, Purpose::Delivery],
    };
    leads::lock(connection, person).await?;
    consents::withdraw(connection, person, purposes, evidence).await?;
    // Told each time: who clicks again may do so because Kafka lost what was told the first time.
    let at = clock::now(connection).await?;
    let told = events::unsubscribed(person, scope, at, trace);
    outbox::append(connection, &[told]).await?;
    Ok(())
}
