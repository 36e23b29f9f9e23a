//! A browser asks whether a page may call the API at all.

use crate::error::Error;
use crate::state::State;
use crate::store::allowed_origins;

/// Whether some campaign allows pages of this origin.
///
/// # Errors
/// The database is not available.
pub async fn allows_origin(state: &State, origin: &str) -> Result<bool, Error> {
    let (database, origin) = (state.database.clone(), origin.to_owned());
    let work = async move {
        let mut connection = database.pool().acquire().await?;
        allowed_origins::any_campaign_allows(&mut connection, &origin).await
    };
    state.database.run(work).await
}
