//! Campaigns.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use web::{Page, PageWanted, Problem};

use crate::commands;
use crate::domain::listing::CampaignItem;
use crate::routes::answer;
use crate::state::State;

/// `GET /admin/v1/signup/campaigns`
pub(crate) async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let wanted = PageWanted::<String>::read(&request)?;
    let after = wanted.cursor.clone().unwrap_or_default();
    let campaigns = commands::list_campaigns(&state, after, wanted.rows()).await;
    let campaigns = campaigns.map_err(|error| answer::problem(&error))?;
    let page: Page<CampaignItem> = wanted.page(campaigns, |campaign: &CampaignItem| campaign.slug.clone());
    Ok(HttpResponse::Ok().json(page))
}
