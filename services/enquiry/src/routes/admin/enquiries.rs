//! `GET /admin/v1/enquiry/enquiries` and `/{id}`: enquiries, with how far their mails are.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json, Path};
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;
use web::{Form, Problem};

use crate::commands::list_enquiries::{Listed, list_enquiries, show_enquiry};
use crate::state::State;
use crate::store::mails::Mail;

const LIMIT: i64 = 50;
const LIMIT_MAX: i64 = 200;

#[derive(Serialize)]
pub(in crate::routes) struct Page {
    items: Vec<Item>,
    /// For the next page; none at the end.
    next_cursor: Option<Uuid>,
}

#[derive(Serialize)]
pub(in crate::routes) struct Item {
    id: Uuid,
    reference: String,
    status: String,
    delivery: String,
    team: String,
    rule: String,
    topic: String,
    email: String,
    name: Option<String>,
    message: String,
    campaign: Option<String>,
    acknowledge: bool,
    #[serde(with = "time::serde::rfc3339")]
    accepted_at: OffsetDateTime,
    mails: Vec<MailItem>,
}

#[derive(Serialize)]
struct MailItem {
    purpose: &'static str,
    recipient: i16,
    state: &'static str,
    reply_code: Option<i16>,
    #[serde(with = "time::serde::rfc3339")]
    changed_at: OffsetDateTime,
}

/// The newest first.
///
/// # Errors
/// 400 for a limit or a cursor that is none, 503 while the database is away.
pub(in crate::routes) async fn list(state: Data<State>, request: HttpRequest) -> Result<Json<Page>, Problem> {
    let query = Form::lenient(request.query_string());
    let limit = limit(query.get("limit"))?;
    let before = cursor(query.get("cursor"))?;
    let mut listed = list_enquiries(&state, before, limit + 1).await?;
    let there_is_more = listed.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if there_is_more {
        listed.pop();
    }
    let last = listed.last().map(|listed| listed.enquiry.id);
    Ok(Json(Page {
        items: listed.into_iter().map(Item::from).collect(),
        next_cursor: last.filter(|_| there_is_more),
    }))
}

/// One of them.
///
/// # Errors
/// 404 if it is not there.
pub(in crate::routes) async fn show(state: Data<State>, id: Path<String>) -> Result<Json<Item>, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let listed = show_enquiry(&state, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(listed.into()))
}

fn limit(text: Option<&str>) -> Result<i64, Problem> {
    text.map_or(Some(LIMIT), |text| text.parse().ok())
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| Problem::bad_request(format!("limit must be 1 to {LIMIT_MAX}")))
}

fn cursor(text: Option<&str>) -> Result<Option<Uuid>, Problem> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| Problem::bad_request("cursor must be one that a page before this one gave"))
}

impl From<Listed> for Item {
    fn from(listed: Listed) -> Self {
        let enquiry = listed.enquiry;
        Self {
            id: enquiry.id,
            reference: enquiry.reference,
            status: enquiry.status,
            delivery: enquiry.delivery,
            team: enquiry.team,
            rule: enquiry.rule,
            topic: enquiry.topic,
            email: enquiry.email,
            name: enquiry.name,
            message: enquiry.message,
            campaign: enquiry.campaign,
            acknowledge: enquiry.acknowledge,
            accepted_at: enquiry.accepted_at,
            mails: listed.mails.into_iter().map(MailItem::from).collect(),
        }
    }
}

impl From<Mail> for MailItem {
    fn from(mail: Mail) -> Self {
        Self {
            purpose: mail.purpose.as_str(),
            recipient: mail.recipient,
            state: mail.state.as_str(),
            reply_code: mail.reply_code,
            changed_at: mail.changed_at,
        }
    }
}
