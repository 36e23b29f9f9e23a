//! An operator decides that a person must not be mailed, or may be mailed again.

use crate::domain::suppression::{Decided, Decision};
use crate::error::Error;
use crate::state::State;
use crate::store::suppressions;

/// Writes decisions, all of them or none, and answers what became of each. They hold from the next claim on.
///
/// # Errors
/// What the database says.
pub async fn change_suppressions(state: &State, decisions: Vec<Decision>) -> Result<Vec<Decided>, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let mut decided = Vec::with_capacity(decisions.len());
                for decision in &decisions {
                    decided.push(suppressions::decide_by_hand(connection, decision).await?);
                }
                Ok(decided)
            })
        })
        .await
}
