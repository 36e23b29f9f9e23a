//! An operator releases what was held back: it was a person after all.

use contracts::BudgetKey;
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
    let inner = state.clone();
    let released = state
        .database
        .run(async move { release(&inner, id).await })
        .await?;
    state.wake.notify();
    Ok(released)
}

async fn release(state: &State, id: Uuid) -> Result<Released, Error> {
    let mut transaction = state.database.begin().await?;
    let Some(held) = held::lock(&mut transaction, id).await? else {
        return Ok(Released::NotHeld);
    };
    let budget = BudgetKey::of(&state.rules.subject_key, &held.email);
    if !mail_budgets::take(&mut transaction, budget, id).await? {
        return Ok(Released::OverBudget);
    }
    held::owe(&mut transaction, id, state.rules.republish.first.as_secs_f64()).await?;
    outbox::append(&mut transaction, &[events::stored(held.event)]).await?;
    transaction.commit().await?;
    Ok(Released::Owed)
}
