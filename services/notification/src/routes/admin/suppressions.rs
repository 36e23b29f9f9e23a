//! `/admin/v1/notification/suppressions`: who must not be mailed, by person ids; adding one and lifting one.

use std::str::FromStr;

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use contracts::PersonId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use web::{Body, FieldError, MediaType, Object, Page, PageWanted, Problem, parse_json};

use crate::commands::change_suppressions::change_suppressions;
use crate::commands::list_suppressions::list_suppressions;
use crate::domain::suppression::{self, Decided, Decision, Reason, Scope, Suppression, SuppressionPosition};
use crate::state::State;

/// Somebody who must not be mailed
#[derive(Serialize, ToSchema)]
#[schema(as = Suppression)]
pub(in crate::routes) struct Item {
    /// Says nothing by itself
    person_id: Uuid,
    /// `everything`, but for mails to teams that speak of the person; or `updates`, of which none is sent yet
    #[schema(value_type = String, example = "everything")]
    scope: &'static str,
    /// `complaint`, `hard`, `soft`, `not_me`, `unsubscribed`, or a word that an operator or a list gave
    #[schema(example = "hard")]
    reason: String,
    /// Which part decided: `smtp_reply`; `http`, `lmtp`, `ses`, `postmark`, `mailgun` or `sendgrid` for what came back;
    /// `unsubscribe`, `not_me`; `operator`, `import`; `unknown` of old ones
    #[schema(value_type = String, example = "lmtp")]
    source: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    decided_at: OffsetDateTime,
}

/// Lists who must not be mailed, page by page
#[utoipa::path(
    get,
    operation_id = "list_suppressions",
    path = "/admin/v1/notification/suppressions",
    tag = "admin",
    params(
        ("limit" = Option<u16>, Query, description = "1 to 500; 50 if nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "One page", body = inline(Page<Item>)),
        (status = 401, description = "The bearer token is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A limit or a cursor that is none", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not available right now", body = Problem, content_type = "application/problem+json"),
    ),
    security(("admin_token" = []))
)]
pub(in crate::routes) async fn list(
    state: Data<State>,
    request: HttpRequest,
) -> Result<Json<Page<Item>>, Problem> {
    let wanted = PageWanted::<SuppressionPosition>::read(&request)?;
    let found = list_suppressions(&state, wanted.cursor, wanted.rows()).await?;
    let key = |last: &Suppression| format!("{}.{}", last.person_id.0.simple(), last.scope.as_str());
    Ok(Json(wanted.page(found, key)))
}

/// A person that must not be mailed any more
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSuppression)]
pub(in crate::routes) struct Asked {
    /// An address or a person id; only the id is kept
    #[schema(example = "name@example.org")]
    person: String,
    /// A word; `complaint` is for ever
    #[schema(example = "asked-by-phone")]
    reason: String,
}

/// Stops mails to a person, but for mails to teams that speak of them
#[utoipa::path(
    post,
    operation_id = "add_suppression",
    path = "/admin/v1/notification/suppressions",
    tag = "admin",
    request_body = Asked,
    responses(
        (status = 204, description = "It holds from the next mail on; what was there for a stronger reason stays"),
        (status = 400, description = "No JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "The bearer token is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No person, or no word", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not available right now", body = Problem, content_type = "application/problem+json"),
    ),
    security(("admin_token" = []))
)]
pub(in crate::routes) async fn add(state: Data<State>, body: Body) -> Result<HttpResponse, Problem> {
    let asked: Asked = read(&body)?;
    let key = &state.rules.subject_key;
    let person = suppression::person(key, asked.person.trim());
    let person = person.map_err(|error| wrong("/person", error.to_string()))?;
    decide(&state, person, &asked.reason, true).await
}

/// Why a person may be mailed again
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LiftedSuppression)]
pub(in crate::routes) struct Lifted {
    /// A word
    #[schema(example = "asked-again")]
    reason: String,
}

/// Lets a person be mailed again; a complaint is for ever
#[utoipa::path(
    post,
    operation_id = "lift_suppression",
    path = "/admin/v1/notification/suppressions/{person_id}/lift",
    tag = "admin",
    params(("person_id" = Uuid, Path, description = "As the list shows it")),
    request_body = Lifted,
    responses(
        (status = 204, description = "They may be mailed"),
        (status = 400, description = "No JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "The bearer token is missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No person id", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The person has complained", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not sent as application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No word", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not available right now", body = Problem, content_type = "application/problem+json"),
    ),
    security(("admin_token" = []))
)]
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
    parse_json(&body.bytes).map(|Object(read)| read)
}

async fn decide(
    state: &State,
    person_id: PersonId,
    reason: &str,
    active: bool,
) -> Result<HttpResponse, Problem> {
    let reason = Reason::parse(reason).map_err(|error| wrong("/reason", error.to_string()))?;
    let decision = Decision::by_operator(person_id, reason, active);
    let decided = change_suppressions(state, vec![decision]).await?;
    match decided.first() {
        // Nothing is later than what is decided now.
        Some((_, Decided::Overruled)) => {
            Err(Problem::conflict("the person has complained: that is for ever"))
        }
        _ => Ok(HttpResponse::NoContent().finish()),
    }
}

fn wrong(pointer: &'static str, detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::invalid(vec![FieldError::new(pointer, detail)])
}

impl FromStr for SuppressionPosition {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (person_id, scope) = text.split_once('.').ok_or(())?;
        Ok(Self {
            person_id: PersonId(person_id.parse().map_err(drop)?),
            scope: Scope::from_word(scope).ok_or(())?,
        })
    }
}

impl From<Suppression> for Item {
    fn from(suppression: Suppression) -> Self {
        Self {
            person_id: suppression.person_id.0,
            scope: suppression.scope.as_str(),
            reason: suppression.reason.to_string(),
            source: suppression.source.as_str(),
            decided_at: suppression.decided_at,
        }
    }
}
