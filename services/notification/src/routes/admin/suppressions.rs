//! `/admin/v1/notification/suppressions`: who must not be mailed, by person ids; adding one and lifting one.

use std::str::FromStr;

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use contracts::signup::UnsubscribeScope;
use contracts::{PersonId, Slug};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;
use web::{Body, FieldError, MediaType, Page, PageWanted, Problem, parse_json};

use crate::commands::change_suppressions::change_suppressions;
use crate::commands::list_suppressions::list_suppressions;
use crate::domain::suppression::{self, Decided, Decision, Suppression, SuppressionPosition};
use crate::state::State;

#[derive(Serialize)]
pub(in crate::routes) struct Item {
    person_id: Uuid,
    /// `updates` or `everything`.
    scope: String,
    reason: String,
    #[serde(with = "time::serde::rfc3339")]
    decided_at: OffsetDateTime,
}

/// Who must not be mailed, page by page.
///
/// # Errors
/// 422 for a limit or a cursor that is none, 503 while the database is away.
pub(in crate::routes) async fn list(
    state: Data<State>,
    request: HttpRequest,
) -> Result<Json<Page<Item>>, Problem> {
    let wanted = PageWanted::<SuppressionPosition>::read(&request)?;
    let found = list_suppressions(&state, wanted.cursor, wanted.rows()).await?;
    let key = |last: &Suppression| format!("{}.{}", last.person_id.0.simple(), last.scope);
    Ok(Json(wanted.page(found, key)))
}

/// A person, by an address or a person id, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    person: String,
    reason: String,
}

/// Nothing is mailed to this person any more, but for mails to teams that speak of them.
///
/// # Errors
/// 400, 415 and 422 for the body, 503 while the database is away.
pub(in crate::routes) async fn add(state: Data<State>, body: Body) -> Result<HttpResponse, Problem> {
    let asked: Asked = read(&body)?;
    let key = &state.rules.subject_key;
    let person = suppression::person(key, asked.person.trim());
    let person = person.map_err(|error| wrong("/person", error.to_string()))?;
    decide(&state, person, &asked.reason, true).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifted {
    reason: String,
}

/// This person may be mailed again. A complaint is for ever.
///
/// # Errors
/// 404 for what is no person id, 409 after a complaint; as [`add`].
pub(in crate::routes) async fn lift(
    state: Data<State>,
    person: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let person = person.parse().map_err(|_| Problem::not_found())?;
    let lifted: Lifted = read(&body)?;
    decide(&state, PersonId(person), &lifted.reason, false).await
}

fn read<T: serde::de::DeserializeOwned>(body: &Body) -> Result<T, Problem> {
    if body.media_type != MediaType::Json {
        return Err(Problem::unsupported_media("send application/json"));
    }
    parse_json(&body.bytes)
}

async fn decide(
    state: &State,
    person_id: PersonId,
    reason: &str,
    active: bool,
) -> Result<HttpResponse, Problem> {
    let reason = Slug::parse(reason)
        .map_err(|_| wrong("/reason", "must be a word such as asked-by-phone: a-z, 0-9 and -"))?;
    let decision = Decision {
        person_id,
        scope: UnsubscribeScope::Everything,
        reason,
        active,
    };
    match change_suppressions(state, vec![decision]).await?.pop() {
        Some(Decided::Complained) => Err(Problem::conflict("the person has complained: that is for ever")),
        _ => Ok(HttpResponse::NoContent().finish()),
    }
}

fn wrong(pointer: &'static str, detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::invalid(vec![FieldError::new(pointer, detail)])
}

impl FromStr for SuppressionPosition {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        let (person_id, scope) = text.split_once('.').unwrap_or_default();
        Ok(Self {
            person_id: person_id.parse()?,
            is_updates: scope == "updates",
        })
    }
}

impl From<Suppression> for Item {
    fn from(suppression: Suppression) -> Self {
        Self {
            person_id: suppression.person_id.0,
            scope: suppression.scope,
            reason: suppression.reason,
            decided_at: suppression.decided_at,
        }
    }
}
