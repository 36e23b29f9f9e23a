//! What came back of mails that a relay took, in the ledger.

use contracts::notification::Feedback;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::domain::claim::OwedMail;
use crate::domain::notification::{NotificationId, Standing};
use crate::store::due_notifications::mail;
use crate::store::notifications::Row;

/// The mail that a report names, locked until the end of the transaction.
///
/// # Errors
/// If the database is out of reach.
pub async fn lock(
    connection: &mut PgConnection,
    id: NotificationId,
) -> Result<Option<Standing>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, event_source, event_id, purpose, recipient, request_id, person_id, traceparent, revision, state,
                reply_code, feedback
         from notifications where id = $1 for update",
        id.0
    )
    .fetch_optional(connection)
    .await?;
    row.map(Row::read).transpose()
}

/// Notes it beside the mail. `None` where it is no news: a complaint says more than a bounce. While the mail is being sent
/// its revision belongs to the sender, which tells what came back together with the outcome.
///
/// # Errors
/// If the database is out of reach.
pub async fn note(
    connection: &mut PgConnection,
    id: NotificationId,
    feedback: Feedback,
) -> Result<Option<Standing>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "update notifications
         set feedback = $2,
             revision = revision + (state in ('accepted', 'failed', 'suppressed'))::integer
         where id = $1 and (feedback is null or (feedback = 'bounced' and $2 = 'complained'))
         returning id, event_source, event_id, purpose, recipient, request_id, person_id, traceparent, revision,
             state, reply_code, feedback",
        id.0,
        feedback.as_str()
    )
    .fetch_optional(connection)
    .await?;
    row.map(Row::read).transpose()
}

/// What a mail says, while it is known.
#[derive(Debug)]
pub struct Said {
    pub event_time: OffsetDateTime,
    pub mail: OwedMail,
}

/// What a mail says, if that is still known.
///
/// # Errors
/// If the database is out of reach.
pub async fn text_of(connection: &mut PgConnection, id: NotificationId) -> Result<Option<Said>, sqlx::Error> {
    let row = sqlx::query!(
        "select event_time, address, content from notifications where id = $1",
        id.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| {
        Some(Said {
            event_time: row.event_time,
            mail: mail(row.address.as_deref(), row.content.as_deref())?,
        })
    }))
}

/// Forgets what mails to teams said, so many days after a relay took them: they have not come back.
///
/// # Errors
/// If the database is out of reach.
pub async fn forget_texts_of_teams(connection: &mut PgConnection, days: i32) -> Result<u64, sqlx::Error> {
    let forgotten = sqlx::query!(
        "update notifications set address = null, content = null
         where purpose = 'team' and queued_at < now() - make_interval(days => $1)
           and state = 'accepted' and content is not null and settled_at < now() - make_interval(days => $1)",
        days
    )
    .execute(connection)
    .await?;
    Ok(forgotten.rows_affected())
}
