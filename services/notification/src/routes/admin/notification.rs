//! `/admin/v1/notification/notifications/{id}`: one notification with its attempts; trying it again; calling it off.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use web::{Body, MediaType, Object, Problem, parse_json};

use super::notifications::Item;
use crate::commands::cancel_notification::cancel_notification;
use crate::commands::retry_notifications::{count_failed, retry_failed, retry_notification};
use crate::commands::show_notification::show_notification;
use crate::domain::ledger::{Change, Shown, ShownAttempt};
use crate::domain::notification::NotificationId;
use crate::state::State;

#[derive(Serialize)]
pub(in crate::routes) struct Whole {
    #[serde(flatten)]
    item: Item,
    #[serde(with = "time::serde::rfc3339")]
    queued_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    settled_at: Option<OffsetDateTime>,
    /// When it is tried next.
    #[serde(with = "time::serde::rfc3339::option")]
    due_at: Option<OffsetDateTime>,
    attempts: Vec<Attempt>,
}

#[derive(Serialize)]
struct Attempt {
    #[serde(with = "time::serde::rfc3339")]
    finished_at: OffsetDateTime,
    step: i16,
    relay: Option<String>,
    stage: Option<String>,
    outcome: String,
    reply_code: Option<i16>,
    enhanced_code: Option<String>,
    duration_ms: i32,
    late: bool,
}

/// One of the ledger.
///
/// # Errors
/// 404, 503 while the database is away.
pub(in crate::routes) async fn show(state: Data<State>, id: Path<String>) -> Result<Json<Whole>, Problem> {
    let shown = show_notification(&state, read(&id)?).await?;
    let shown = shown.ok_or_else(Problem::not_found)?;
    Ok(Json(shown.into()))
}

/// Tries it again, now.
///
/// # Errors
/// 404; 409 where its state does not allow it; 503 while the database is away.
pub(in crate::routes) async fn retry(state: Data<State>, id: Path<String>) -> Result<HttpResponse, Problem> {
    answer(retry_notification(&state, read(&id)?).await?)
}

/// Calls it off.
///
/// # Errors
/// As [`retry`].
pub(in crate::routes) async fn cancel(state: Data<State>, id: Path<String>) -> Result<HttpResponse, Problem> {
    answer(cancel_notification(&state, read(&id)?).await?)
}

/// What failed by relays' faults since a time is to be tried again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryFailed {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    /// Only says how many.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
pub(in crate::routes) struct Retried {
    /// How many are queued again or, as a dry run, would be (up to 10 000).
    notifications: u64,
    dry_run: bool,
}

/// Tries again what failed by relays' faults.
///
/// # Errors
/// 400, 415 and 422 for the body, 503 while the database is away.
pub(in crate::routes) async fn retry_all(state: Data<State>, body: Body) -> Result<Json<Retried>, Problem> {
    if body.media_type != MediaType::Json {
        return Err(Problem::unsupported_media("send application/json"));
    }
    let Object(asked): Object<RetryFailed> = parse_json(&body.bytes)?;
    let notifications = if asked.dry_run {
        count_failed(&state, asked.since).await?
    } else {
        retry_failed(&state, asked.since).await?
    };
    Ok(Json(Retried {
        notifications,
        dry_run: asked.dry_run,
    }))
}

fn read(id: &str) -> Result<NotificationId, Problem> {
    id.parse().map(NotificationId).map_err(|_| Problem::not_found())
}

fn answer(change: Change) -> Result<HttpResponse, Problem> {
    match change {
        Change::Done => Ok(HttpResponse::NoContent().finish()),
        Change::Unknown => Err(Problem::not_found()),
        Change::UnderWay => Err(Problem::conflict(
            "it is being sent just now: ask again in a moment",
        )),
        Change::NotIn(state) => Err(Problem::conflict(format!(
            "its state, {}, does not allow it",
            state.as_str()
        ))),
        Change::Forgotten => Err(Problem::conflict("what it said is not known any more")),
    }
}

impl From<Shown> for Whole {
    fn from(shown: Shown) -> Self {
        Self {
            item: Item::from(shown.standing),
            queued_at: shown.queued_at,
            settled_at: shown.settled_at,
            due_at: shown.due_at,
            attempts: shown.attempts.into_iter().map(Attempt::from).collect(),
        }
    }
}

impl From<ShownAttempt> for Attempt {
    fn from(attempt: ShownAttempt) -> Self {
        Self {
            finished_at: attempt.finished_at,
            step: attempt.step,
            relay: attempt.relay,
            stage: attempt.stage,
            outcome: attempt.outcome,
            reply_code: attempt.reply_code,
            enhanced_code: attempt.enhanced_code,
            duration_ms: attempt.duration_ms,
            late: attempt.late,
        }
    }
}
