//! Who asks, and where: the evidence of a consent, and whether it is a person at all.

use actix_web::HttpRequest;
use actix_web::http::Method as HttpMethod;
use actix_web::http::header::USER_AGENT;
use web::ClientAddress;

use crate::domain::consent::{Evidence, Method};
use crate::domain::fetcher::Fetcher;

/// The evidence of what a request says. `page` is the path that a person would know it by, without tokens.
pub(super) fn evidence(request: &HttpRequest, method: Method, page: &str) -> Evidence {
    let user_agent = header(request, USER_AGENT.as_str());
    Evidence::new(method, page, ClientAddress::of(request).0, user_agent)
}

/// Who fetches what is asked for.
pub(super) fn fetcher(request: &HttpRequest) -> Fetcher {
    let purpose = header(request, "sec-purpose").or_else(|| header(request, "purpose"));
    Fetcher::guess(
        request.method() == HttpMethod::HEAD,
        header(request, USER_AGENT.as_str()),
        purpose,
    )
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}
