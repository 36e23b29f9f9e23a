//! An operator looks at what is held back.

use uuid::Uuid;

use crate::domain::held::HeldSignup;
use crate::error::Error;
use crate::state::State;
use crate::store::held;

/// The oldest held signups, at most `limit`, that came after the one with the id `after`.
///
/// # Errors
/// The database is not available.
pub async fn list_held(state: &State, after: Option<Uuid>, limit: u16) -> Result<Vec<HeldSignup>, Error> {
    let after = after.unwrap_or(Uuid::nil());
    state
        .database
        .transaction(move |connection| Box::pin(held::list(connection, after, limit.into())))
        .await
}
