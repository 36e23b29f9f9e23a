//! `GET /admin/v1/enquiry/enquiries` and `/{id}`: enquiries, with how far their mails are.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json, Path};
use contracts::notification::Feedback;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;
use web::{Page, PageWanted, Problem};

use crate::commands::list_enquiries::{Listed, list_enquiries, show_enquiry};
use crate::state::State;
use crate::store::mails::Mail;

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
    /// What came back of it after a relay took it: `bounced` or `complained`.
    feedback: Option<&'static str>,
    #[serde(with = "time::serde::rfc3339")]
    changed_at: OffsetDateTime,
}

/// The newest first.
///
/// # Errors
/// 422 for a limit or a cursor that is none, 503 while the database is away.
pub(in crate::routes) async fn list(
    state: Data<State>,
    request: HttpRequest,
) -> Result<Json<Page<Item>>, Problem> {
    let wanted = PageWanted::<Uuid>::read(&request)?;
    let listed = list_enquiries(&state, wanted.cursor, wanted.rows()).await?;
    let page = wanted.page(listed, |listed: &Listed| listed.enquiry.id.to_string());
    Ok(Json(page))
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
            feedback: mail.feedback.map(Feedback::as_str),
            changed_at: mail.changed_at,
        }
    }
}
