//! Table `mails`: the states that notification told.

use contracts::notification::{Feedback, Purpose, State, StateChanged};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::Error;

/// A mail of an enquiry, as notification told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mail {
    pub enquiry: Uuid,
    pub purpose: Purpose,
    /// 0 for the first recipient of this purpose.
    pub recipient: i16,
    pub state: State,
    /// SMTP reply code of the last attempt.
    pub reply_code: Option<i16>,
    /// What came back of it after a relay took it.
    pub feedback: Option<Feedback>,
    pub changed_at: OffsetDateTime,
}

/// Notes a state; false if it is no news. The same revision again, of a mail that is not at its end, counts: it says that
/// notification still holds the mail (or has parked its event, which has no revision).
pub async fn note(connection: &mut PgConnection, told: &StateChanged) -> Result<bool, Error> {
    let noted = sqlx::query!(
        "insert into mails as known (enquiry_id, purpose, recipient, revision, state, reply_code, changed_at, feedback)
         values ($1, $2, $3, $4, $5, $6, $7, $9)
         on conflict (enquiry_id, purpose, recipient) do update set
            revision = excluded.revision, state = excluded.state, reply_code = excluded.reply_code,
            changed_at = excluded.changed_at, feedback = excluded.feedback
            where known.revision < excluded.revision
                or (known.revision = excluded.revision and not $8)",
        told.request_id,
        told.purpose.as_str(),
        told.recipient,
        told.revision,
        told.state.as_str(),
        told.reply_code.and_then(|code| i16::try_from(code).ok()),
        told.at,
        told.state.is_final(),
        told.feedback.map(Feedback::as_str),
    )
    .execute(connection)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// The mails of these enquiries.
pub async fn of(connection: &mut PgConnection, enquiries: &[Uuid]) -> Result<Vec<Mail>, Error> {
    let rows = sqlx::query!(
        "select enquiry_id, purpose, recipient, state, reply_code, changed_at, feedback from mails
         where enquiry_id = any($1) order by enquiry_id, purpose, recipient",
        enquiries
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Mail {
                enquiry: row.enquiry_id,
                purpose: Purpose::from_word(&row.purpose).ok_or(Error::Unreadable("purpose"))?,
                recipient: row.recipient,
                state: State::from_word(&row.state).ok_or(Error::Unreadable("state"))?,
                reply_code: row.reply_code,
                feedback: row.feedback.as_deref().and_then(Feedback::from_word),
                changed_at: row.changed_at,
            })
        })
        .collect()
}
