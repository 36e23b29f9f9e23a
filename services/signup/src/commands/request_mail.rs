//! Somebody asks for fresh links, or for a link to their own data.
//!
//! The request is stored, answered, and only then looked into: neither the answer nor its time tells whether the
//! address is known.

use contracts::{BudgetKey, EmailAddress, PersonId};
use telemetry::TraceParent;
use uuid::Uuid;

use crate::commands::prepare_mail::prepare_mail;
use crate::domain::owed::MailKind;
use crate::error::Error;
use crate::state::State;
use crate::store::mail_requests::{self, NewMailRequest};

/// Mails fresh links to what the address owns, if it owns something and its budget allows.
///
/// # Errors
/// The database is not available.
pub async fn request_links(state: &State, email: EmailAddress, trace: TraceParent) -> Result<(), Error> {
    request(state, MailKind::Links, email, trace).await
}

/// Mails a link, good for an hour, to what is kept about the address, if its budget allows.
///
/// # Errors
/// The database is not available.
pub async fn request_my_data(state: &State, email: EmailAddress, trace: TraceParent) -> Result<(), Error> {
    request(state, MailKind::MyData, email, trace).await
}

async fn request(
    state: &State,
    kind: MailKind,
    email: EmailAddress,
    trace: TraceParent,
) -> Result<(), Error> {
    let request = NewMailRequest {
        id: Uuid::now_v7(),
        kind,
        person: PersonId::of(&state.rules.subject_key, &email),
        limit_key: BudgetKey::of(&state.rules.subject_key, &email),
        email,
        traceparent: trace.to_string(),
    };
    let id = request.id;
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move { mail_requests::store(connection, &request).await })
        })
        .await?;
    let inner = state.clone();
    state.spawner.spawn(async move {
        if let Err(error) = prepare_mail(&inner, id).await {
            tracing::warn!(%error, "a mail that was asked for could not be prepared yet");
        }
    });
    Ok(())
}
