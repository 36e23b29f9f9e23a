//! `/me`: what is kept about a person, for that person. A mailed link proves who asks; it opens a button, and only the
//! button shows, exports or erases.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use contracts::EmailAddress;
use web::{Body, Problem, Trace};

use super::page::{EmailField, Pages, Shell};
use super::{answer, content_disposition, dead_link, page_form};
use crate::commands;
use crate::domain::link_token::LinkKind;
use crate::domain::my_data::MyData;
use crate::error::Error;
use crate::state::State;

const EXPORT_NAME: &str = "my-data.json";

#[derive(Template)]
#[template(path = "my_data_form.html")]
struct Ask<'a> {
    shell: &'a Shell,
    field: EmailField,
}

#[derive(Template)]
#[template(path = "my_data_sent.html")]
struct Sent<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "my_data_open.html")]
struct Open<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "my_data.html")]
struct Show<'a> {
    shell: &'a Shell,
    data: Option<&'a MyData>,
}

#[derive(Template)]
#[template(path = "my_data_erase.html")]
struct Erase<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "my_data_erased.html")]
struct Erased<'a> {
    shell: &'a Shell,
}

/// `GET /me`
pub(super) async fn ask(pages: Data<Pages>) -> Result<HttpResponse, Problem> {
    pages.page(
        StatusCode::OK,
        &Ask {
            shell: &pages.shell,
            field: EmailField::default(),
        },
    )
}

/// `POST /me`: the same answer, whatever is known about the address.
pub(super) async fn mail_link(
    request: HttpRequest,
    body: Body,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    let typed = page_form::typed_email(&body)?;
    match EmailAddress::parse(&typed) {
        Ok(email) => {
            let asked = commands::request_my_data(&state, email, Trace::of(&request).0).await;
            asked.map_err(|error| answer::problem(&error))?;
            pages.page(StatusCode::OK, &Sent { shell: &pages.shell })
        }
        Err(error) => {
            let field = EmailField::typed(&typed, Some(error.to_string()));
            pages.page(
                StatusCode::UNPROCESSABLE_ENTITY,
                &Ask {
                    shell: &pages.shell,
                    field,
                },
            )
        }
    }
}

/// `GET /me/{token}`
pub(super) async fn open(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    match commands::check_link(&state, LinkKind::MyData, &token).await {
        Ok(_) => pages.page(StatusCode::OK, &Open { shell: &pages.shell }),
        Err(error) => dead_link::or_problem(&pages, &error),
    }
}

/// `POST /me/{token}`: does what the pressed button says.
pub(super) async fn act(
    token: Path<String>,
    body: Body,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    let form = page_form::read(&body)?;
    match form.get("do") {
        Some("erase") => confirm_erasure(&state, &pages, &token).await,
        Some("erase-for-good") => erase(&state, &pages, &token).await,
        Some("export") => with_data(&state, &pages, &token, export).await,
        _ => with_data(&state, &pages, &token, show).await,
    }
}

async fn confirm_erasure(state: &State, pages: &Pages, token: &str) -> Result<HttpResponse, Problem> {
    match commands::check_link(state, LinkKind::MyData, token).await {
        Ok(_) => pages.page(StatusCode::OK, &Erase { shell: &pages.shell }),
        Err(error) => dead_link::or_problem(pages, &error),
    }
}

async fn erase(state: &State, pages: &Pages, token: &str) -> Result<HttpResponse, Problem> {
    match commands::erase_my_data(state, token).await {
        Ok(()) => pages.page(StatusCode::OK, &Erased { shell: &pages.shell }),
        Err(error) => dead_link::or_problem(pages, &error),
    }
}

async fn with_data(
    state: &State,
    pages: &Pages,
    token: &str,
    answer: fn(&Pages, Option<&MyData>) -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    let found: Result<Option<MyData>, Error> = commands::show_my_data(state, token).await;
    match found {
        Ok(data) => answer(pages, data.as_ref()),
        Err(error) => dead_link::or_problem(pages, &error),
    }
}

fn show(pages: &Pages, data: Option<&MyData>) -> Result<HttpResponse, Problem> {
    pages.page(
        StatusCode::OK,
        &Show {
            shell: &pages.shell,
            data,
        },
    )
}

fn export(_: &Pages, data: Option<&MyData>) -> Result<HttpResponse, Problem> {
    let json = serde_json::to_vec_pretty(&data).map_err(|_| Problem::internal())?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, content_disposition::attachment(EXPORT_NAME)))
        .body(json))
}
