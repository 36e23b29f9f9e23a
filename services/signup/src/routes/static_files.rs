//! Files that never change under their name: the name holds a sum of the content.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::Path;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use web::Problem;

const ICON: &str = include_str!("../../templates/icon.svg");

static ICON_NAME: LazyLock<String> = LazyLock::new(|| {
    let sum = Sha256::digest(ICON);
    format!("icon.{}.svg", HEXLOWER.encode(&sum[..6]))
});

/// Name of the icon.
pub(super) fn icon_name() -> &'static str {
    &ICON_NAME
}

/// `GET /static/signup/{file}`
pub(super) async fn send(file: Path<String>) -> Result<HttpResponse, Problem> {
    if *file != *ICON_NAME {
        return Err(Problem::not_found());
    }
    let svg = ContentType("image/svg+xml".parse().map_err(|_| Problem::internal())?);
    Ok(HttpResponse::Ok()
        .content_type(svg)
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(ICON))
}
