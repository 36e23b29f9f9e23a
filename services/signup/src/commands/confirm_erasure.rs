//! Another service says that it has erased a person.

use contracts::{PersonId, Source};
use time::OffsetDateTime;

use crate::error::Error;
use crate::state::State;
use crate::store::erased_people;

/// Notes it: once both have, the erasure is not published again.
///
/// # Errors
/// The database is not available.
pub async fn confirm_erasure(
    state: &State,
    person: PersonId,
    erased_at: OffsetDateTime,
    service: Source,
) -> Result<(), Error> {
    let database = state.database.clone();
    let noted = state.database.run_long(async move {
        let mut connection = database.pool().acquire().await?;
        erased_people::confirm(&mut connection, person, erased_at, service).await
    });
    noted.await
}
