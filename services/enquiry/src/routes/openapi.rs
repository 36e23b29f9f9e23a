//! `GET /v1/openapi/enquiry.json`.

use actix_web::web::Json;
use utoipa::OpenApi;
use utoipa::openapi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Leadstream: enquiries",
        description = "Questions of visitors, and the teams that answer them.",
    ),
    paths(super::enquiry_api::submit),
    tags((name = "enquiries", description = "Questions of visitors"))
)]
struct Document;

/// The document of the public API.
#[must_use]
pub fn document() -> openapi::OpenApi {
    Document::openapi()
}

/// Sends the document.
pub(super) async fn show() -> Json<openapi::OpenApi> {
    Json(document())
}
