//! `/confirm/{token}`: consent to updates, which is pending until the button is pressed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use web::{Problem, Trace};

use super::dead_link;
use super::page::{Pages, Shell};
use super::visitor::evidence;
use crate::commands;
use crate::domain::consent::Method;
use crate::domain::link_token::LinkKind;
use crate::state::State;

const PAGE: &str = "/confirm";

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "confirmed.html")]
struct Confirmed<'a> {
    shell: &'a Shell,
}

/// `GET /confirm/{token}`
pub(super) async fn show(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    match commands::check_link(&state, LinkKind::Confirm, &token).await {
        Ok(_) => pages.page(StatusCode::OK, &Confirm { shell: &pages.shell }),
        Err(error) => dead_link::or_problem(&pages, &error),
    }
}

/// `POST /confirm/{token}`
pub(super) async fn confirm(
    request: HttpRequest,
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    let evidence = evidence(&request, Method::ConfirmPage, PAGE);
    match commands::confirm_updates(&state, &token, evidence, Trace::of(&request).0).await {
        Ok(()) => pages.page(StatusCode::OK, &Confirmed { shell: &pages.shell }),
        Err(error) => dead_link::or_problem(&pages, &error),
    }
}
