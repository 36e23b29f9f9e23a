//! `GET /admin/v1/notification/notifications`: the ledger, without whom its mails go to.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};
use contracts::notification::State as Progress;
use serde::Serialize;
use uuid::Uuid;
use web::{Form, Problem};

use crate::commands::list_notifications::list_notifications;
use crate::domain::notification::{Class, Standing};
use crate::state::State;
use crate::store::notifications::{Filter, Position};

const LIMIT: i64 = 50;
const LIMIT_MAX: i64 = 200;

#[derive(Serialize)]
pub(in crate::routes) struct Page {
    items: Vec<Item>,
    /// For the next page; none at the end.
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Item {
    id: Uuid,
    request_id: Option<Uuid>,
    event_id: Uuid,
    purpose: &'static str,
    class: &'static str,
    recipient: i16,
    state: &'static str,
    revision: i32,
    reply_code: Option<u16>,
}

/// The newest events first, all or those of a request, an event or a state.
///
/// # Errors
/// 400 for a parameter that cannot be read, 503 while the database is away.
pub(in crate::routes) async fn list(state: Data<State>, request: HttpRequest) -> Result<Json<Page>, Problem> {
    let query = Form::lenient(request.query_string());
    let filter = Filter {
        request_id: id("request_id", query.get("request_id"))?,
        event_id: id("event_id", query.get("event_id"))?,
        state: progress(query.get("state"))?,
    };
    let limit = limit(query.get("limit"))?;
    let after = position(query.get("cursor"))?;
    let mut found = list_notifications(&state, filter, after, limit + 1).await?;
    let there_is_more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if there_is_more {
        found.pop();
    }
    let next_cursor = found.last().filter(|_| there_is_more).map(cursor);
    Ok(Json(Page {
        items: found.iter().map(Item::from).collect(),
        next_cursor,
    }))
}

fn id(name: &str, text: Option<&str>) -> Result<Option<Uuid>, Problem> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| Problem::bad_request(format!("{name} must be a UUID")))
}

fn progress(text: Option<&str>) -> Result<Option<Progress>, Problem> {
    let known = text.map(|word| Progress::from_word(word).ok_or(word));
    known
        .transpose()
        .map_err(|_| Problem::bad_request("state must be one of those that items have"))
}

fn limit(text: Option<&str>) -> Result<i64, Problem> {
    text.map_or(Some(LIMIT), |text| text.parse().ok())
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| Problem::bad_request(format!("limit must be 1 to {LIMIT_MAX}")))
}

fn cursor(last: &Standing) -> String {
    format!("{}.{}", last.key.event_id.simple(), last.id.0.simple())
}

fn position(cursor: Option<&str>) -> Result<Option<Position>, Problem> {
    let read = |text: &str| {
        let (event_id, id) = text.split_once('.')?;
        Some(Position {
            event_id: event_id.parse().ok()?,
            id: id.parse().ok()?,
        })
    };
    cursor
        .map(|text| {
            read(text)
                .ok_or_else(|| Problem::bad_request("cursor must be one that a page before this one gave"))
        })
        .transpose()
}

impl From<&Standing> for Item {
    fn from(standing: &Standing) -> Self {
        Self {
            id: standing.id.0,
            request_id: standing.request_id,
            event_id: standing.key.event_id,
            purpose: standing.key.purpose.as_str(),
            class: Class::of(standing.key.purpose).as_str(),
            recipient: standing.key.recipient,
            state: standing.state.as_str(),
            revision: standing.revision,
            reply_code: standing.reply_code,
        }
    }
}
