//! A person looks at what is kept about them, or takes it along.

use crate::commands::check_link;
use crate::domain::link_token::{Link, LinkError, LinkKind};
use crate::domain::my_data::MyData;
use crate::error::Error;
use crate::state::State;
use crate::store::my_data;

/// What this service keeps about the person whom the link was mailed to; `None` if nothing. As JSON it is the export.
///
/// # Errors
/// [`Error::Link`] if the link is unknown or expired; the database is not available.
pub async fn show_my_data(state: &State, token: &str) -> Result<Option<MyData>, Error> {
    let Link::MyData(person) = check_link(state, LinkKind::MyData, token).await? else {
        return Err(LinkError.into());
    };
    let database = state.database.clone();
    let read = state.database.run(async move {
        let mut connection = database.pool().acquire().await?;
        my_data::read(&mut connection, person).await
    });
    read.await
}
