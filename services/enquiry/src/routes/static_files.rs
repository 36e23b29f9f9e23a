//! `GET /static/enquiry/{file}`: the style sheet, under a name that changes with its content.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Path;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use web::Problem;

const STYLES: &str = include_str!("../../static/enquiry.css");

static NAME: LazyLock<String> =
    LazyLock::new(|| format!("{}.css", HEXLOWER.encode(&Sha256::digest(STYLES)[..8])));

/// Where a page finds the style sheet.
pub(super) fn stylesheet() -> String {
    format!("{}{}", super::STATIC, NAME.as_str())
}

/// Sends it; what has this name never changes.
///
/// # Errors
/// 404 for any other name.
pub(super) async fn show(file: Path<String>) -> Result<HttpResponse, Problem> {
    if *file != *NAME {
        return Err(Problem::not_found());
    }
    Ok(HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(STYLES))
}
