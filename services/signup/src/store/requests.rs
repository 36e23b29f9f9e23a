//! What signups and mail requests have in common: the columns that say what became of their mail.

use contracts::PersonId;
use contracts::notification::{Feedback, StateChanged};
use settings::RepublishSchedule;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::delivery::Delivery;
use crate::domain::owed::{MailKind, Owed, StoredEvent};
use crate::error::Error;

/// A signup whose mail a relay has taken just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub campaign: String,
    pub channel: String,
}

/// Takes owed requests whose events were not heard of for so long that they should be published again, and puts them
/// off, twice as long each time; after the last time they are stuck. One whose event still waits in the outbox is
/// only put off.
///
/// # Errors
/// What the database says.
pub async fn take_owed(
    connection: &mut PgConnection,
    schedule: &RepublishSchedule,
) -> Result<Vec<StoredEvent>, Error> {
    let rows = sqlx::query_file!(
        "src/store/queries/take_owed.sql",
        i64::from(schedule.per_tick),
        schedule.first.as_secs_f64(),
        schedule.tries
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StoredEvent {
                id: row.event_id,
                owed: owed(row.kind.as_deref())?,
                person: PersonId(row.person_id),
                time: row.event_time,
                payload: row.payload,
            })
        })
        .collect()
}

/// A signup has no kind.
fn owed(kind: Option<&str>) -> Result<Owed, Error> {
    let Some(word) = kind else {
        return Ok(Owed::Delivery);
    };
    let kind = MailKind::parse(word).ok_or(Error::Unreadable("request"))?;
    Ok(Owed::Mail(kind))
}

/// Notes what notification says, where it is newer than what is known. Give each request once. Answers the signups
/// whose mail was accepted by this.
///
/// # Errors
/// What the database says.
pub async fn record_states(
    connection: &mut PgConnection,
    states: &[StateChanged],
    known_after_seconds: f64,
) -> Result<Vec<Accepted>, Error> {
    let ids: Vec<Uuid> = states.iter().map(|state| state.request_id).collect();
    let events: Vec<Uuid> = states.iter().map(|state| state.event_id).collect();
    let revisions: Vec<i32> = states.iter().map(|state| state.revision).collect();
    let words: Vec<String> = states
        .iter()
        .map(|state| state.state.as_str().to_owned())
        .collect();
    let finals: Vec<bool> = states.iter().map(|state| state.state.is_final()).collect();
    let codes: Vec<Option<i16>> = states
        .iter()
        .map(|state| state.reply_code.and_then(|code| code.try_into().ok()))
        .collect();
    let feedback: Vec<Option<&str>> = states
        .iter()
        .map(|state| state.feedback.map(Feedback::as_str))
        .collect();
    let accepted = sqlx::query_file_as!(
        Accepted,
        "src/store/queries/record_mail_states.sql",
        &ids,
        &events,
        &revisions,
        &words,
        &finals,
        &codes as &[Option<i16>],
        known_after_seconds,
        &feedback as &[Option<&str>]
    )
    .fetch_all(connection)
    .await?;
    Ok(accepted)
}

/// How many requests are in this state, signups and mail requests together. For `Held` and `Stuck`: few rows.
///
/// # Errors
/// What the database says.
pub async fn count(connection: &mut PgConnection, delivery: Delivery) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select (select count(*) from signups where delivery = $1)
                + (select count(*) from mail_requests where delivery = $1) as "count!""#,
        delivery.as_str()
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Makes stuck requests owed again, to be published at once. Answers how many.
///
/// # Errors
/// What the database says.
pub async fn retry_stuck(connection: &mut PgConnection) -> Result<u64, Error> {
    let signups = sqlx::query!(
        "update signups set delivery = 'owed', tries = 0, next_republish_at = now() where delivery = 'stuck'"
    )
    .execute(&mut *connection)
    .await?;
    let mails = sqlx::query!(
        "update mail_requests set delivery = 'owed', tries = 0, next_republish_at = now() where delivery = 'stuck'"
    )
    .execute(connection)
    .await?;
    Ok(signups.rows_affected() + mails.rows_affected())
}

/// How many requests whose events are of this time or later have no outcome, signups and mail requests together.
///
/// # Errors
/// What the database says.
pub async fn count_unanswered(connection: &mut PgConnection, since: OffsetDateTime) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select (select count(*) from signups where delivery in ('owed', 'stuck') and event_time >= $1)
                + (select count(*) from mail_requests where delivery in ('owed', 'stuck') and event_time >= $1)
                as "count!""#,
        since
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Makes at most so many of each of them due at once that are not, as if their events had never been published; those
/// that somebody is just writing to are left alone. Answers how many.
///
/// # Errors
/// What the database says.
pub async fn make_due(
    connection: &mut PgConnection,
    since: OffsetDateTime,
    limit: i64,
) -> Result<u64, Error> {
    let signups = sqlx::query!(
        "update signups set delivery = 'owed', tries = 0, next_republish_at = now()
         where id in (select id from signups
                      where delivery in ('owed', 'stuck') and event_time >= $1
                        and (delivery = 'stuck' or next_republish_at > now())
                      limit $2 for update skip locked)",
        since,
        limit
    )
    .execute(&mut *connection)
    .await?;
    let mails = sqlx::query!(
        "update mail_requests set delivery = 'owed', tries = 0, next_republish_at = now()
         where id in (select id from mail_requests
                      where delivery in ('owed', 'stuck') and event_time >= $1
                        and (delivery = 'stuck' or next_republish_at > now())
                      limit $2 for update skip locked)",
        since,
        limit
    )
    .execute(connection)
    .await?;
    Ok(signups.rows_affected() + mails.rows_affected())
}
