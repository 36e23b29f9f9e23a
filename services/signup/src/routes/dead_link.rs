//! One page for every link that does not work, whatever the reason; its form mails fresh links.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use contracts::EmailAddress;
use web::{Body, Problem, Trace};

use super::page::{EmailField, Pages, Shell};
use super::{answer, page_form};
use crate::commands;
use crate::error::{Answer, Error};
use crate::state::State;

#[derive(Template)]
#[template(path = "dead_link.html")]
struct DeadLink<'a> {
    shell: &'a Shell,
    field: EmailField,
}

#[derive(Template)]
#[template(path = "links_sent.html")]
struct LinksSent<'a> {
    shell: &'a Shell,
}

/// The page for a link that does not work, the problem for anything else that went wrong.
pub(super) fn or_problem(pages: &Pages, error: &Error) -> Result<HttpResponse, Problem> {
    match error.answer() {
        Answer::DeadLink => with_field(pages, StatusCode::NOT_FOUND, EmailField::default()),
        _ => Err(answer::problem(error)),
    }
}

/// `GET /d`: for those who reload the answer to the form.
pub(super) async fn show(pages: Data<Pages>) -> Result<HttpResponse, Problem> {
    with_field(&pages, StatusCode::OK, EmailField::default())
}

/// `POST /d`: the same answer, whatever is known about the address.
pub(super) async fn mail_fresh_links(
    request: HttpRequest,
    body: Body,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    let typed = page_form::typed_email(&body)?;
    match EmailAddress::parse(&typed) {
        Ok(email) => {
            let asked = commands::request_links(&state, email, Trace::of(&request).0).await;
            asked.map_err(|error| answer::problem(&error))?;
            pages.page(StatusCode::OK, &LinksSent { shell: &pages.shell })
        }
        Err(error) => {
            let field = EmailField::typed(&typed, Some(error.to_string()));
            with_field(&pages, StatusCode::UNPROCESSABLE_ENTITY, field)
        }
    }
}

fn with_field(pages: &Pages, status: StatusCode, field: EmailField) -> Result<HttpResponse, Problem> {
    pages.page(
        status,
        &DeadLink {
            shell: &pages.shell,
            field,
        },
    )
}
