//! Table `enquiries`: what is still owed, and when its event is due again.

use std::time::Duration;

use contracts::PersonId;
use settings::RepublishSchedule;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::delivery::{Delivery, Undelivered};
use crate::domain::enquiry::Told;
use crate::error::Error;

/// Takes the owed enquiries whose event is due again and waits in no outbox, and notes when it is due next.
/// Two replicas never take the same one.
pub async fn take_due(
    connection: &mut PgConnection,
    schedule: &RepublishSchedule,
) -> Result<Vec<Told>, Error> {
    let rows = sqlx::query_file!(
        "src/store/queries/take_due.sql",
        i64::from(schedule.per_tick),
        schedule.tries,
        schedule.first.as_secs_f64(),
        schedule.known.as_secs_f64(),
    )
    .fetch_all(connection)
    .await?;
    let told = rows.into_iter().map(|row| Told {
        enquiry_id: row.id,
        person: PersonId(row.person_id),
        event_id: row.event_id,
        event_type: row.event_type,
        event_time: row.event_time,
        payload: row.payload,
        traceparent: row.traceparent,
    });
    Ok(told.collect())
}

/// Gives up on enquiries that were told often enough; returns how many.
pub async fn mark_stuck(connection: &mut PgConnection, schedule: &RepublishSchedule) -> Result<u64, Error> {
    let stuck = sqlx::query!(
        "update enquiries set delivery = 'stuck'
         where delivery = 'owed' and republish_at <= now() and republished >= $1
            and not exists (select from outbox where outbox.event_id = enquiries.event_id)",
        schedule.tries
    )
    .execute(connection)
    .await?;
    Ok(stuck.rows_affected())
}

/// Makes stuck enquiries owed again, due at once; returns how many.
pub async fn retry_stuck(connection: &mut PgConnection) -> Result<u64, Error> {
    let owed = sqlx::query!(
        "update enquiries set delivery = 'owed', republished = 0, republish_at = now() where delivery = 'stuck'"
    )
    .execute(connection)
    .await?;
    Ok(owed.rows_affected())
}

/// Notes what is left of a delivery; with `wait`, its event is not due before that.
pub async fn settle(
    connection: &mut PgConnection,
    id: Uuid,
    delivery: Delivery,
    wait: Option<Duration>,
) -> Result<(), Error> {
    sqlx::query!(
        "update enquiries set delivery = $2,
            republish_at = case when $3::float8 is null then republish_at
                else now() + make_interval(secs => $3) end
         where id = $1",
        id,
        delivery.as_str(),
        wait.map(|wait| wait.as_secs_f64()),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Everything that is not done.
pub async fn undelivered(connection: &mut PgConnection) -> Result<Vec<Undelivered>, Error> {
    let rows = sqlx::query!(
        "select delivery, count(*) as \"count!\",
            extract(epoch from now() - min(accepted_at))::float8 as \"oldest!\"
         from enquiries where delivery <> 'done' group by delivery"
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Undelivered {
                delivery: Delivery::from_word(&row.delivery).ok_or(Error::Unreadable("delivery"))?,
                count: row.count,
                oldest: row.oldest.max(0.0),
            })
        })
        .collect()
}

/// How many enquiries whose events are of this time or later have mails without an end.
pub async fn count_unanswered(connection: &mut PgConnection, since: OffsetDateTime) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        "select count(*) as \"count!\" from enquiries where delivery in ('owed', 'stuck') and event_time >= $1",
        since
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Makes them due at once, stuck ones too, as if they had never been told; returns how many were not.
pub async fn make_due(connection: &mut PgConnection, since: OffsetDateTime) -> Result<u64, Error> {
    let due = sqlx::query!(
        "update enquiries set delivery = 'owed', republished = 0, republish_at = now()
         where delivery in ('owed', 'stuck') and event_time >= $1 and (delivery = 'stuck' or republish_at > now())",
        since
    )
    .execute(connection)
    .await?;
    Ok(due.rows_affected())
}
