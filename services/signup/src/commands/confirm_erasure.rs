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
    state
        .background
        .transaction(move |connection| {
            Box::pin(erased_people::confirm(connection, person, erased_at, service))
        })
        .await
}
