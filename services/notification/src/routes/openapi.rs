//! `GET /v1/openapi/notification.json`.

use actix_web::web::Json;
use utoipa::openapi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{admin, bounces};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Leadstream: notifications",
        description = "Mails that are owed, and what comes back of them. The public port takes what mail providers tell; \
                       what begins with /admin is on the admin port.",
    ),
    paths(
        bounces::take,
        show,
        admin::suppressions::list,
        admin::suppressions::add,
        admin::suppressions::lift
    ),
    modifiers(&AdminToken),
    tags(
        (name = "bounces", description = "Bounces and complaints"),
        (name = "admin", description = "Who must not be mailed"),
        (name = "documents", description = "What this service offers")
    )
)]
struct Document;

/// What the admin port asks for.
struct AdminToken;

impl Modify for AdminToken {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("admin_token", scheme);
    }
}

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
