//! An operator looks at what is held back.

use std::fmt;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Error;
use crate::state::State;
use crate::store::held;

/// A signup whose honeypot was filled. `Debug` shows no address.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldSignup {
    pub id: Uuid,
    pub accepted_at: OffsetDateTime,
    pub campaign: String,
    pub email: String,
}

/// The oldest held signups, at most `limit`, that came after the one with the id `after`.
///
/// # Errors
/// The database is not available.
pub async fn list_held(state: &State, after: Option<Uuid>, limit: u16) -> Result<Vec<HeldSignup>, Error> {
    let database = state.database.clone();
    let rows = state.database.run(async move {
        let mut connection = database.pool().acquire().await?;
        held::list(&mut connection, after.unwrap_or(Uuid::nil()), limit.into()).await
    });
    let signup = |row: held::HeldRow| HeldSignup {
        id: row.id,
        accepted_at: row.accepted_at,
        campaign: row.campaign,
        email: row.email,
    };
    Ok(rows.await?.into_iter().map(signup).collect())
}

impl fmt::Debug for HeldSignup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldSignup").field("id", &self.id).finish_non_exhaustive()
    }
}
