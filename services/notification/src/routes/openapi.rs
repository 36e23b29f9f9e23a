//! `GET /v1/openapi/notification.json`.

use actix_web::web::Json;
use utoipa::OpenApi;
use utoipa::openapi;

use super::bounces;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Leadstream: notifications",
        description = "Mails that are owed, and what comes back of them. The public port takes what mail providers tell.",
    ),
    paths(bounces::take, show),
    tags((name = "bounces", description = "Bounces and complaints"), (name = "documents", description = "What this service offers"))
)]
struct Document;

/// The document of the public API.
#[must_use]
pub fn document() -> openapi::OpenApi {
    Document::openapi()
}

/// This document
#[utoipa::path(
    get,
    path = "/v1/openapi/notification.json",
    tag = "documents",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"))
)]
pub(super) async fn show() -> Json<openapi::OpenApi> {
    Json(document())
}
