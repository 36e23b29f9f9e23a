//! The landing page of a campaign, and the page after it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::REFERER;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use contracts::Slug;
use web::{Form, Problem, form_stamp};

use super::answer;
use super::page::{EmailField, NotFound, Pages, Shell};
use super::visitor::fetcher;
use crate::commands;
use crate::domain::campaign::OpenCampaign;
use crate::domain::fetcher::Fetcher;
use crate::domain::offer::CurrentOffer;
use crate::domain::touch::{Touch, TouchParts};
use crate::metrics::Step;
use crate::state::State;

/// The form as it is shown, for the first time or again.
#[derive(Debug)]
pub(super) struct FormView<'a> {
    pub campaign: &'a OpenCampaign,
    pub touch: &'a Touch,
    pub field: EmailField,
    pub updates: bool,
    pub stamp: String,
    /// What is wrong with the whole form.
    pub problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "landing_page.html")]
struct LandingPage<'a> {
    shell: &'a Shell,
    action: String,
    campaign: &'a OpenCampaign,
    offer: &'a CurrentOffer,
    touch: &'a Touch,
    field: EmailField,
    updates: bool,
    stamp: String,
    problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "thanks.html")]
struct Thanks<'a> {
    shell: &'a Shell,
    campaign: &'a OpenCampaign,
    offer: &'a CurrentOffer,
    again: String,
}

/// `GET /c/{campaign}`
pub(super) async fn show(
    request: HttpRequest,
    slug: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    let Some(campaign) = find(&state, &slug).await? else {
        return not_found(&pages);
    };
    let referrer = request
        .headers()
        .get(REFERER)
        .and_then(|value| value.to_str().ok());
    let query = Form::lenient(request.query_string());
    let parts = TouchParts::default().with_pairs(query.iter());
    let touch = parts.with_referrer(referrer, &pages.own_host).finish();
    let form = FormView {
        campaign: &campaign,
        touch: &touch,
        field: EmailField::default(),
        updates: false,
        stamp: form_stamp::sign(
            &state.rules.subject_key,
            campaign.slug.as_str(),
            state.clock.now(),
        ),
        problem: None,
    };
    if fetcher(&request) == Fetcher::Person {
        state.metrics.step(&campaign, Step::Visit);
    }
    render(&pages, StatusCode::OK, form)
}

/// `GET /c/{campaign}/thanks`
pub(super) async fn thanks(
    slug: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    let Some(campaign) = find(&state, &slug).await? else {
        return not_found(&pages);
    };
    let page = Thanks {
        shell: &pages.shell,
        campaign: &campaign,
        offer: &campaign.offer,
        again: path(&pages, &campaign),
    };
    pages.framed(StatusCode::OK, &page, &campaign.allowed_origins)
}

/// The campaign of a path. People type them by hand: its case does not matter.
pub(super) async fn find(state: &State, slug: &str) -> Result<Option<Arc<OpenCampaign>>, Problem> {
    let Ok(slug) = Slug::parse(&slug.to_lowercase()) else {
        return Ok(None);
    };
    let found = commands::find_campaign(state, &slug).await;
    found.map_err(|error| answer::problem(&error))
}

/// The form under a status.
pub(super) fn render(pages: &Pages, status: StatusCode, form: FormView<'_>) -> Result<HttpResponse, Problem> {
    let page = LandingPage {
        shell: &pages.shell,
        action: path(pages, form.campaign),
        campaign: form.campaign,
        offer: &form.campaign.offer,
        touch: form.touch,
        field: form.field,
        updates: form.updates,
        stamp: form.stamp,
        problem: form.problem,
    };
    pages.framed(status, &page, &form.campaign.allowed_origins)
}

/// The page for a campaign that does not exist.
pub(super) fn not_found(pages: &Pages) -> Result<HttpResponse, Problem> {
    pages.page(StatusCode::NOT_FOUND, &NotFound { shell: &pages.shell })
}

/// Path of a campaign's page.
pub(super) fn path(pages: &Pages, campaign: &OpenCampaign) -> String {
    format!("{}/c/{}", pages.shell.base, campaign.slug)
}
