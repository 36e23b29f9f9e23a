//! An operator releases what was held back: it was a person after all.

use contracts::{BudgetKey, SubjectKey};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;
use crate::events;
use crate::state::State;
use crate::store::{held, mail_budgets};

/// What became of a held signup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Released {
    /// Its mail goes out.
    Owed,
    /// The address has had its mails for now: it stays held, try again later.
    OverBudget,
    /// There is no such signup, or it is not held.
    NotHeld,
}

/// Releases one held signup, if the budget of its address allows.
///
/// # Errors
/// The database is not available.
pub async fn release_held(state: &State, id: Uuid) -> Result<Released, Error> {
    let key = state.rules.subject_key.clone();
    let again_after = state.rules.republish.first.as_secs_f64();
    let released = state
        .database
        .transaction(move |connection| {
            Box::pin(async move { release(connection, id, &key, again_after).await })
        })
        .await?;
    state.wake.notify();
    Ok(released)
}

async fn release(
    connection: &mut PgConnection,
    id: Uuid,
    key: &SubjectKey,
    again_after: f64,
) -> Result<Released, Error> {
    let Some(held) = held::lock(connection, id).await? else {
        return Ok(Released::NotHeld);
    };
    if !mail_budgets::take(connection, BudgetKey::of(key, &held.email), id).await? {
        return Ok(Released::OverBudget);
    }
    held::owe(connection, id, again_after).await?;
    outbox::append(connection, &[events::stored(held.event)]).await?;
    Ok(Released::Owed)
}
