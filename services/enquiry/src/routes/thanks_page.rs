//! `GET /contact/thanks`: what happens next, and the reference number.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use web::{Form, Problem, html};

use super::{CONTACT, static_files};
use crate::domain::reference::Reference;

#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksPage {
    stylesheet: String,
    contact: &'static str,
    /// Anybody can write anything into an address: only what is well formed is shown.
    reference: Option<Reference>,
}

/// Shows the page.
///
/// # Errors
/// 500 if the page cannot be rendered.
pub(super) async fn show(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = Form::lenient(request.query_string());
    let page = ThanksPage {
        stylesheet: static_files::stylesheet(),
        contact: CONTACT,
        reference: query.get("ref").and_then(Reference::parse),
    };
    let body = page.render().map_err(|_| Problem::internal())?;
    Ok(html(StatusCode::OK, body))
}
