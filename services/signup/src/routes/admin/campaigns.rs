//! Campaigns.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use web::Problem;

use super::page::{Page, Wanted};
use crate::commands;
use crate::routes::answer;
use crate::state::State;

/// `GET /admin/v1/signup/campaigns`
pub(crate) async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let wanted = Wanted::read(&request)?;
    let after = wanted.cursor.clone().unwrap_or_default();
    let campaigns = commands::list_campaigns(&state, after, wanted.limit).await;
    let campaigns = campaigns.map_err(|error| answer::problem(&error))?;
    Ok(HttpResponse::Ok().json(Page::new(campaigns, &wanted, |campaign| campaign.slug.clone())))
}
