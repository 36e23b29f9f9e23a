//! Who was erased: nothing of theirs from before may come back.

use std::collections::HashMap;

use contracts::PersonId;
use time::OffsetDateTime;

use crate::error::Error;
use crate::state::State;
use crate::store::erased_people;

/// When each of these people was erased here; those who were not are left out.
///
/// # Errors
/// What the database says.
pub async fn find_erased(
    state: &State,
    people: Vec<PersonId>,
) -> Result<HashMap<PersonId, OffsetDateTime>, Error> {
    state
        .database
        .transaction(move |connection| {
            Box::pin(async move {
                let people: Vec<_> = people.iter().map(|person| person.0).collect();
                Ok(erased_people::among(connection, &people).await?)
            })
        })
        .await
}
