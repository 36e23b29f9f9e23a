//! Who asks, and where: the evidence of a consent.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use web::ClientAddress;

use crate::domain::consent::{Evidence, Method};

/// The evidence of what a request says. `page` is the path that a person would know it by, without tokens.
pub(super) fn evidence(request: &HttpRequest, method: Method, page: &str) -> Evidence {
    let user_agent = request
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    Evidence::new(method, page, ClientAddress::of(request).0, user_agent)
}
