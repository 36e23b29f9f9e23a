//! Leads: the list, and all that is kept about one.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use contracts::PersonId;
use uuid::Uuid;
use web::{Page, PageWanted, Problem};

use crate::commands;
use crate::domain::listing::LeadItem;
use crate::routes::answer;
use crate::state::State;

/// `GET /admin/v1/signup/leads`
pub(crate) async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let wanted = PageWanted::<Uuid>::read(&request)?;
    let after = PersonId(wanted.cursor.unwrap_or_default());
    let leads = commands::list_leads(&state, after, wanted.rows()).await;
    let leads = leads.map_err(|error| answer::problem(&error))?;
    let page: Page<LeadItem> = wanted.page(leads, |lead: &LeadItem| lead.person_id.to_string());
    Ok(HttpResponse::Ok().json(page))
}

/// `GET /admin/v1/signup/leads/{id}`
pub(crate) async fn show(id: Path<String>, state: Data<State>) -> Result<HttpResponse, Problem> {
    let person = Uuid::parse_str(&id).map_err(|_| Problem::not_found())?;
    let lead = commands::show_lead(&state, PersonId(person)).await;
    let lead = lead.map_err(|error| answer::problem(&error))?;
    Ok(HttpResponse::Ok().json(lead.ok_or_else(Problem::not_found)?))
}
