//! `/u/{token}`: no more mails. `POST` is the one-click unsubscribe of RFC 8058: no cookie, no redirect, and the same
//! answer however often it comes. `GET` changes nothing, it shows a button.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use web::{Body, Form, MediaType, Problem, Trace};

use super::dead_link;
use super::page::{Pages, Shell};
use super::visitor::evidence;
use crate::commands;
use crate::domain::consent::Method;
use crate::domain::link_token::LinkKind;
use crate::state::State;

const PAGE: &str = "/u";

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Unsubscribe<'a> {
    shell: &'a Shell,
}

#[derive(Template)]
#[template(path = "unsubscribed.html")]
struct Unsubscribed<'a> {
    shell: &'a Shell,
    everything: bool,
}

/// `GET /u/{token}`
pub(super) async fn show(
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    match commands::check_link(&state, LinkKind::Unsubscribe, &token).await {
        Ok(_) => pages.page(StatusCode::OK, &Unsubscribe { shell: &pages.shell }),
        Err(error) => dead_link::or_problem(&pages, &error),
    }
}

/// `POST /u/{token}`: the token in the path says who; of the body only the wish is read.
pub(super) async fn stop(
    request: HttpRequest,
    token: Path<String>,
    body: Body,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    let trace = Trace::of(&request).0;
    let wish = Wish::read(&body);
    let evidence = evidence(&request, wish.method(), PAGE);
    let everything = wish == Wish::NothingAtAll;
    let outcome = if everything {
        commands::not_me(&state, &token, evidence, trace).await
    } else {
        commands::unsubscribe(&state, &token, evidence, trace).await
    };
    match outcome {
        Ok(()) => pages.page(
            StatusCode::OK,
            &Unsubscribed {
                shell: &pages.shell,
                everything,
            },
        ),
        Err(error) => dead_link::or_problem(&pages, &error),
    }
}

/// What the body asks for. Whoever posts here wants fewer mails, so a body that says nothing stops the updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// A mail program's one click.
    OneClick,
    /// The button of the page.
    NoUpdates,
    /// "This was not me."
    NothingAtAll,
}

impl Wish {
    fn read(body: &Body) -> Self {
        if body.media_type != MediaType::UrlEncodedForm {
            return Self::OneClick;
        }
        let form = Form::lenient(&String::from_utf8_lossy(&body.bytes));
        match form.get("scope") {
            Some("everything") => Self::NothingAtAll,
            Some(_) => Self::NoUpdates,
            None => Self::OneClick,
        }
    }

    fn method(self) -> Method {
        match self {
            Self::OneClick => Method::OneClick,
            Self::NoUpdates => Method::UnsubscribePage,
            Self::NothingAtAll => Method::NotMe,
        }
    }
}
