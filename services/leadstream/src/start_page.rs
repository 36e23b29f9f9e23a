//! `/` of the all-in-one: where everything is on this machine.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::web::{Bytes, Data};
use askama::Template;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use web::{HttpMetrics, Routes};

const STYLE: &str = include_str!("../templates/start_page.css");

/// A campaign of the offers that were applied.
#[derive(Debug, Clone)]
pub struct Entrance {
    pub slug: String,
    pub greeting: String,
}

/// Where the page leads to.
#[derive(Debug)]
pub struct Links<'a> {
    pub campaigns: Vec<Entrance>,
    pub mailbox_url: &'a str,
    pub admin_url: &'a str,
}

#[derive(Template)]
#[template(path = "start_page.html")]
struct StartPage<'a> {
    style: &'static str,
    links: &'a Links<'a>,
}

/// The page, rendered once: nothing on it changes while the process lives.
struct Rendered {
    body: Bytes,
    policy: HeaderValue,
}

/// The route of the page.
///
/// # Errors
/// When the template cannot be rendered.
pub fn routes(metrics: HttpMetrics, links: &Links<'_>) -> Result<Routes, askama::Error> {
    let page = Rendered {
        body: StartPage { style: STYLE, links }.render()?.into(),
        policy: content_security_policy(),
    };
    Ok(Routes::public("leadstream", metrics)
        .data(Data::new(page))
        .get("/", show))
}

async fn show(page: Data<Rendered>) -> HttpResponse {
    let mut response = web::html(StatusCode::OK, page.body.clone());
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, page.policy.clone());
    response
}

fn content_security_policy() -> HeaderValue {
    let style = BASE64.encode(&Sha256::digest(STYLE));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'");
    HeaderValue::try_from(policy).expect("base64 is plain ASCII")
}
