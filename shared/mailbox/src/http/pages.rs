//! The pages: a list of mails and one mail at a time. They need no JavaScript; a small script keeps the list
//! fresh where there is some.

use std::sync::Arc;

use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::web::{Data, Path, Query};
use actix_web::{Error, HttpResponse};
use askama::Template;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::api;
use crate::message::{Address, MailId, Message, Outline, Summary};
use crate::mime;
use crate::store::Store;

const PAGE_POLICY: &str = "default-src 'none'; img-src data:; style-src 'self'; script-src 'self'; connect-src 'self'; \
    frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A mail's HTML may style itself, and its links may open in tabs of their own. It loads nothing (no picture that
/// tells its sender), runs nothing, and has an origin of its own.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// Put before a mail's HTML: its links open outside the frame.
const LINKS_IN_NEW_TABS: &str = "<!doctype html><meta charset=\"utf-8\"><base target=\"_blank\">";

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    mails: Vec<Line>,
    total: usize,
    first: usize,
    last: usize,
    newer: Option<usize>,
    older: Option<usize>,
}

/// One mail in the list.
struct Line {
    id: MailId,
    from: String,
    to: String,
    subject: String,
    snippet: String,
    attachments: usize,
    time: Time,
}

/// A time, for machines and for people.
struct Time {
    machine: String,
    human: String,
}

/// `GET /?start=`
pub(super) async fn list(store: Data<Store>, paging: Query<api::Paging>) -> Result<HttpResponse, Error> {
    let start = paging.start;
    let page = store.page(start, api::PAGE);
    let last = start + page.count;
    render(&ListPage {
        mails: page.messages.iter().map(Line::of).collect(),
        total: page.total,
        first: start + 1,
        last,
        newer: (start > 0).then(|| start.saturating_sub(api::PAGE)),
        older: (last < page.total).then_some(last),
    })
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    mail: Message,
    subject: String,
    from: String,
    to: String,
    cc: String,
    reply_to: String,
    envelope_to: String,
    time: Time,
    headers: Vec<(String, String)>,
    view: View,
    older: Option<MailId>,
    newer: Option<MailId>,
}

/// What the reading page shows of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum View {
    Html,
    Text,
    Headers,
}

#[derive(Deserialize)]
pub(super) struct Reading {
    view: Option<View>,
}

/// `GET /mail/{id}?view=html|text|headers`
pub(super) async fn mail(
    store: Data<Store>,
    id: Path<String>,
    reading: Query<Reading>,
) -> Result<HttpResponse, Error> {
    let summary = api::find(&store, &id)?;
    let raw = api::load(&store, summary.id).await?;
    let mail = mime::message(&raw, &summary);
    let best = if mail.html.is_empty() {
        View::Text
    } else {
        View::Html
    };
    let (older, newer) = store.neighbours(summary.id);
    render(&MailPage {
        subject: subject(&summary.outline),
        from: people(std::slice::from_ref(&mail.from)),
        to: people(&mail.to),
        cc: people(&mail.cc),
        reply_to: people(&mail.reply_to),
        envelope_to: mail.envelope.to.join(", "),
        time: Time::of(summary.created),
        headers: mime::headers(&raw),
        view: reading.view.filter(|view| *view != View::Html).unwrap_or(best),
        older,
        newer,
        mail,
    })
}

/// `GET /mail/{id}/html`: the HTML part alone, for the frame of the reading page.
pub(super) async fn html(store: Data<Store>, id: Path<String>) -> Result<HttpResponse, Error> {
    let summary = api::find(&store, &id)?;
    let raw = api::load(&store, summary.id).await?;
    let html = mime::message(&raw, &summary).html;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, MAIL_POLICY))
        .body(format!("{LINKS_IN_NEW_TABS}{html}")))
}

/// `GET /static/mailbox.css`
pub(super) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .body(include_str!("../../static/mailbox.css"))
}

/// `GET /static/refresh.js`
pub(super) async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body(include_str!("../../static/refresh.js"))
}

fn render(page: &impl Template) -> Result<HttpResponse, Error> {
    let html = page.render().map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::build(StatusCode::OK)
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .body(html))
}

impl Line {
    fn of(summary: &Arc<Summary>) -> Self {
        let outline = &summary.outline;
        Self {
            id: summary.id,
            from: short_name(&outline.from),
            to: outline.envelope.to.join(", "),
            subject: subject(outline),
            snippet: outline.snippet.clone(),
            attachments: outline.attachments,
            time: Time::of(summary.created),
        }
    }
}

impl Time {
    fn of(time: OffsetDateTime) -> Self {
        let human =
            format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC");
        Self {
            machine: time.format(&Rfc3339).unwrap_or_default(),
            human: time.format(&human).unwrap_or_default(),
        }
    }
}

fn subject(outline: &Outline) -> String {
    if outline.subject.is_empty() {
        "(no subject)".to_owned()
    } else {
        outline.subject.clone()
    }
}

fn short_name(address: &Address) -> String {
    if address.name.is_empty() {
        address.address.clone()
    } else {
        address.name.clone()
    }
}

fn people(addresses: &[Address]) -> String {
    let all = addresses
        .iter()
        .map(|one| match (one.name.as_str(), one.address.as_str()) {
            ("", address) => address.to_owned(),
            (name, address) => format!("{name} <{address}>"),
        });
    all.collect::<Vec<_>>().join(", ")
}

/// 1234567 as `1.2 MB`.
fn size(bytes: &u64) -> String {
    let (tenths, unit) = match bytes {
        0..1_000 => return format!("{bytes} bytes"),
        1_000..1_000_000 => (bytes / 100, "kB"),
        _ => (bytes / 100_000, "MB"),
    };
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_in_round_units() {
        assert_eq!(size(&999), "999 bytes");
        assert_eq!(size(&1_000), "1.0 kB");
        assert_eq!(size(&314_159), "314.1 kB");
        assert_eq!(size(&1_234_567), "1.2 MB");
    }

    #[test]
    fn people_are_shown_with_name_and_address() {
        let ada = Address {
            name: "Ada".into(),
            address: "ada@mail.example".into(),
        };
        let bob = Address {
            name: String::new(),
            address: "bob@mail.example".into(),
        };
        assert_eq!(people(&[ada, bob]), "Ada <ada@mail.example>, bob@mail.example");
    }
}
