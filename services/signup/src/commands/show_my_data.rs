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
    state
        .database
        .transaction(move |connection| Box::pin(my_data::read(connection, person)))
        .await
}
