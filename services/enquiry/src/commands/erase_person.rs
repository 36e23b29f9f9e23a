//! Signup erased a person: the same happens here, and is confirmed.

use contracts::signup::PersonErased;
use telemetry::TraceParent;

use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{enquiries, erased_people, mail_budgets, outbox_rows};

/// Deletes all that the person asked before the erasure, sent or not, and confirms. What the same person asked since
/// then stays, however often the erasure is repeated.
///
/// # Errors
/// What the database says.
pub async fn erase_person(
    state: &State,
    erased: PersonErased,
    trace: Option<TraceParent>,
) -> Result<(), Error> {
    let (person, erased_at) = (erased.person_id, erased.erased_at);
    let traceparent = trace.map(|trace| trace.to_string());
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let now = erased_people::close(connection, person).await?;
                let erased = enquiries::erase(connection, person, erased_at).await?;
                outbox_rows::erase(connection, &erased.events).await?;
                mail_budgets::erase(connection, &erased.enquiries).await?;
                erased_people::remember(connection, person, erased_at).await?;
                let confirmed = events::erasure_confirmed(person, erased_at, now).traced(traceparent);
                outbox::append(connection, &[confirmed]).await?;
                Ok(())
            })
        })
        .await?;
    state.wake.notify();
    state.metrics.deliveries.people_erased.inc();
    Ok(())
}
