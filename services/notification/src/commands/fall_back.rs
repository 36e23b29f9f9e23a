//! A team's mail came back after a relay took it: the same goes to the fallback inbox.

use contracts::PersonId;
use contracts::notification::State as Progress;
use sqlx::PgConnection;

use crate::domain::fallback::Undeliverable;
use crate::domain::notification::Standing;
use crate::error::Error;
use crate::store::feedback;
use crate::store::notifications::{self, Entry};

/// Owes the mail to the fallback inbox, if what it said is still known and this was not the fallback inbox itself.
///
/// # Errors
/// What the database says.
pub(super) async fn fall_back(
    connection: &mut PgConnection,
    standing: &Standing,
    person: PersonId,
) -> Result<(), Error> {
    let Some(said) = feedback::text_of(connection, standing.id).await? else {
        return Ok(());
    };
    let undeliverable = standing.request_id.map(|request_id| Undeliverable {
        key: standing.key,
        request_id,
        person_id: person,
        event_time: said.event_time,
        traceparent: standing.traceparent.as_deref(),
        mail: &said.mail,
    });
    let Some(notification) = undeliverable.and_then(|mail| mail.fallback()) else {
        return Ok(());
    };
    let entry = Entry {
        id: notification.key.id(),
        notification: &notification,
        state: Progress::Queued,
        inert: false,
    };
    notifications::insert(connection, &[entry]).await?;
    Ok(())
}
