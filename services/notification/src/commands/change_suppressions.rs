//! Somebody decides that people must not be mailed, or may be mailed again.

use crate::domain::suppression::{Decided, Decision};
use crate::error::Error;
use crate::state::State;
use crate::store::suppressions;

/// Writes decisions, all of them or none, and answers what became of each, in the order of their people. They hold from the
/// next claim on.
///
/// # Errors
/// What the database says.
pub async fn change_suppressions(
    state: &State,
    mut decisions: Vec<Decision>,
) -> Result<Vec<(Decision, Decided)>, Error> {
    decisions.sort_by_key(Decision::place);
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let mut decided = Vec::with_capacity(decisions.len());
                for decision in decisions {
                    let became = suppressions::decide(connection, &decision).await?;
                    decided.push((decision, became));
                }
                Ok(decided)
            })
        })
        .await
}
