//! Leads: the list, and all that is kept about one.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use contracts::PersonId;
use uuid::Uuid;
use web::Problem;

use super::page::{Page, Wanted, wrong};
use crate::commands;
use crate::routes::answer;
use crate::state::State;

/// `GET /admin/v1/signup/leads`
pub(crate) async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let wanted = Wanted::read(&request)?;
    let after = wanted.cursor.as_deref().map_or(Ok(Uuid::nil()), Uuid::parse_str);
    let after = after.map_err(|_| wrong("cursor", "is not one of ours"))?;
    let leads = commands::list_leads(&state, PersonId(after), wanted.limit).await;
    let leads = leads.map_err(|error| answer::problem(&error))?;
    Ok(HttpResponse::Ok().json(Page::new(leads, &wanted, |lead| lead.person_id.to_string())))
}

/// `GET /admin/v1/signup/leads/{id}`
pub(crate) async fn show(id: Path<String>, state: Data<State>) -> Result<HttpResponse, Problem> {
    let person = Uuid::parse_str(&id).map_err(|_| Problem::not_found())?;
    let lead = commands::show_lead(&state, PersonId(person)).await;
    let lead = lead.map_err(|error| answer::problem(&error))?;
    Ok(HttpResponse::Ok().json(lead.ok_or_else(Problem::not_found)?))
}
