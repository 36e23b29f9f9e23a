//! The OpenAPI 3.1 document of the public API, made of the code that answers it.

use actix_web::HttpResponse;
use utoipa::OpenApi;

use super::{signup_api, signup_body};

/// The document.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Leadstream signup",
        description = "A visitor asks for an offer and gets it by mail. Errors are RFC 9457 problems; every answer is \
                       the same whether an address is known or not.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(signup_api::request_signup),
    components(schemas(signup_body::SignupBody, web::Problem)),
    tags((name = "signups", description = "Requests for an offer"))
)]
pub(crate) struct PublicApi;

/// `GET /v1/openapi/signup.json`
pub(super) async fn show() -> HttpResponse {
    HttpResponse::Ok().json(PublicApi::openapi())
}
