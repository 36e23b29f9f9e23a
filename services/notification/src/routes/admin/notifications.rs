//! `GET /admin/v1/notification/notifications`: the ledger, without whom its mails go to.

use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::web::{Data, Json};
use contracts::PersonId;
use contracts::notification::{Feedback, State as Progress};
use serde::Serialize;
use uuid::Uuid;
use web::{Form, Page, PageWanted, Problem, wrong_parameter};

use crate::commands::list_notifications::list_notifications;
use crate::domain::ledger::{Filter, Position};
use crate::domain::notification::{Class, Standing};
use crate::state::State;

#[derive(Serialize)]
pub(in crate::routes) struct Item {
    id: Uuid,
    request_id: Option<Uuid>,
    /// Whose data it holds; none once the person is erased.
    person_id: Option<Uuid>,
    event_id: Uuid,
    purpose: &'static str,
    class: &'static str,
    recipient: i16,
    state: &'static str,
    revision: i32,
    reply_code: Option<u16>,
    /// What came back of it after a relay took it: `bounced` or `complained`.
    feedback: Option<&'static str>,
}

/// The newest events first: all, or those of a request, an event, a person, a class or a state.
///
/// # Errors
/// 422 for a parameter that cannot be read, 503 while the database is away.
pub(in crate::routes) async fn list(
    state: Data<State>,
    request: HttpRequest,
) -> Result<Json<Page<Item>>, Problem> {
    let query = Form::lenient(request.query_string());
    let filter = Filter {
        request_id: id("request_id", query.get("request_id"))?,
        event_id: id("event_id", query.get("event_id"))?,
        person_id: id("person_id", query.get("person_id"))?.map(PersonId),
        state: known("state", query.get("state"), Progress::from_word)?,
        class: known("class", query.get("class"), Class::from_word)?,
    };
    let wanted = PageWanted::<Position>::read(&request)?;
    let found = list_notifications(&state, filter, wanted.cursor, wanted.rows()).await?;
    Ok(Json(wanted.page(found, cursor)))
}

fn id(name: &str, text: Option<&str>) -> Result<Option<Uuid>, Problem> {
    let id = text.map(str::parse).transpose();
    id.map_err(|_| wrong_parameter(name, "must be a UUID"))
}

fn known<T>(name: &str, text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let value = text.map(|word| read(word).ok_or(())).transpose();
    value.map_err(|()| wrong_parameter(name, "must be one of those that items have"))
}

fn cursor(last: &Standing) -> String {
    format!("{}.{}", last.key.event_id.simple(), last.id.0.simple())
}

impl FromStr for Position {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        let (event_id, id) = text.split_once('.').unwrap_or_default();
        Ok(Self {
            event_id: event_id.parse()?,
            id: id.parse()?,
        })
    }
}

impl From<Standing> for Item {
    fn from(standing: Standing) -> Self {
        Self {
            id: standing.id.0,
            request_id: standing.request_id,
            person_id: standing.person_id.map(|person| person.0),
            event_id: standing.key.event_id,
            purpose: standing.key.purpose.as_str(),
            class: Class::of(standing.key.purpose).as_str(),
            recipient: standing.key.recipient,
            state: standing.state.as_str(),
            revision: standing.revision,
            reply_code: standing.reply_code,
            feedback: standing.feedback.map(Feedback::as_str),
        }
    }
}
