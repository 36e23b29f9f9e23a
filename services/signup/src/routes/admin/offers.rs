//! Offers.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use web::{Page, PageWanted, Problem};

use crate::commands;
use crate::domain::listing::OfferItem;
use crate::routes::answer;
use crate::state::State;

/// `GET /admin/v1/signup/offers`
pub(crate) async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let wanted = PageWanted::<String>::read(&request)?;
    let after = wanted.cursor.clone().unwrap_or_default();
    let offers = commands::list_offers(&state, after, wanted.rows()).await;
    let offers = offers.map_err(|error| answer::problem(&error))?;
    let page: Page<OfferItem> = wanted.page(offers, |offer: &OfferItem| offer.slug.clone());
    Ok(HttpResponse::Ok().json(page))
}
