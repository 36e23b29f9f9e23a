//! Table `notifications` as operators look at it, and what they may do to it.

use contracts::notification::State;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::ledger::{Filter, Position, Shown, ShownAttempt, Work};
use crate::domain::notification::{Class, NotificationId, Standing};
use crate::domain::reply_class::ReplyClass;
use crate::store::notifications::Row;

/// A page of the ledger, newest events first.
///
/// # Errors
/// If the database is out of reach.
pub async fn page(
    connection: &mut PgConnection,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Standing>, sqlx::Error> {
    let purposes = filter.class.map(Class::purposes);
    let rows = sqlx::query_as!(
        Row,
        "select id, event_source, event_id, purpose, recipient, request_id, person_id, traceparent, revision, state,
                reply_code, feedback
         from notifications
         where ($1::uuid is null or request_id = $1)
           and ($2::uuid is null or event_id = $2)
           and ($3::text is null or state = $3)
           and ($4::uuid is null or (event_id, id) < ($4, $5))
           and ($7::uuid is null or person_id = $7)
           and ($8::text[] is null or purpose = any($8))
         order by event_id desc, id desc
         limit $6",
        filter.request_id,
        filter.event_id,
        filter.state.map(State::as_str),
        after.map(|after| after.event_id),
        after.map(|after| after.id),
        limit,
        filter.person_id.map(|person| person.0),
        purposes.as_deref() as Option<&[&str]>,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One notification with its attempts, the oldest first.
///
/// # Errors
/// If the database is out of reach.
pub async fn find(connection: &mut PgConnection, id: NotificationId) -> Result<Option<Shown>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select id, event_source, event_id, purpose, recipient, request_id, person_id, traceparent, revision, state,
                reply_code, feedback
         from notifications where id = $1",
        id.0
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let times = sqlx::query!(
        r#"select n.queued_at, n.settled_at, d.due_at as "due_at?"
           from notifications n left join due_notifications d on d.notification_id = n.id
           where n.id = $1"#,
        id.0
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok(Some(Shown {
        standing: row.read()?,
        queued_at: times.queued_at,
        settled_at: times.settled_at,
        due_at: times.due_at,
        attempts: attempts(connection, id).await?,
    }))
}

async fn attempts(
    connection: &mut PgConnection,
    id: NotificationId,
) -> Result<Vec<ShownAttempt>, sqlx::Error> {
    sqlx::query_as!(
        ShownAttempt,
        "select finished_at, step, relay, stage, outcome, reply_code, enhanced_code, duration_ms, late
         from attempts where notification_id = $1 order by finished_at, lease_id, step",
        id.0
    )
    .fetch_all(connection)
    .await
}

/// How a notification stands, locked until the end of the transaction. Its work comes before: see [`lock_work`].
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

/// What is to be done for a notification, locked until the end of the transaction: first, as whoever records an attempt
/// does it.
///
/// # Errors
/// If the database is out of reach.
pub async fn lock_work(connection: &mut PgConnection, id: NotificationId) -> Result<Work, sqlx::Error> {
    let is_leased = sqlx::query_scalar!(
        r#"select coalesce(leased_until > now(), false) as "is_leased!"
           from due_notifications where notification_id = $1 for update"#,
        id.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(match is_leased {
        Some(true) => Work::UnderWay,
        Some(false) => Work::Due,
        None => Work::None,
    })
}

/// Makes a queued notification due now.
///
/// # Errors
/// If the database is out of reach.
pub async fn hurry(connection: &mut PgConnection, id: NotificationId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update due_notifications set due_at = now(), due_since = now() where notification_id = $1",
        id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Queues those of these notifications again that have failed and whose mail is still known, as if they were new.
///
/// # Errors
/// If the database is out of reach.
pub async fn queue_again(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Standing>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"with again as (
               update notifications
               set state = 'queued', revision = revision + 1, settled_at = null
               where id = any($1) and state = 'failed' and address is not null and content is not null
               returning id, event_source, event_id, purpose, recipient, request_id, person_id, traceparent, revision,
                         state, reply_code, feedback
           ),
           work as (
               insert into due_notifications (notification_id) select id from again
           )
           select id, event_source, event_id, purpose, recipient, request_id, person_id, traceparent, revision, state,
                  reply_code, feedback
           from again"#,
        ids
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// The notifications that failed since then because relays were at fault, the oldest first, locked.
///
/// # Errors
/// If the database is out of reach.
pub async fn failed_by_relays(
    connection: &mut PgConnection,
    since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from notifications
         where state = 'failed' and outcome = $2 and settled_at >= $1
           and address is not null and content is not null
         order by settled_at limit $3
         for update skip locked",
        since,
        ReplyClass::RelayFault.as_str(),
        limit
    )
    .fetch_all(connection)
    .await
}

/// Takes a notification that nobody is sending off the queue, for ever.
///
/// # Errors
/// If the database is out of reach.
pub async fn cancel(
    connection: &mut PgConnection,
    id: NotificationId,
) -> Result<Option<Standing>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"with work as (delete from due_notifications where notification_id = $1),
           waiting as (delete from waiting_notifications where notification_id = $1)
           update notifications
           set state = 'suppressed', outcome = 'cancelled', revision = revision + 1, settled_at = now(),
               address = null, content = null
           where id = $1 and state in ('queued', 'waiting_for_offer')
           returning id, event_source, event_id, purpose, recipient, request_id, person_id, traceparent, revision,
                     state, reply_code, feedback"#,
        id.0
    )
    .fetch_optional(connection)
    .await?;
    row.map(Row::read).transpose()
}
