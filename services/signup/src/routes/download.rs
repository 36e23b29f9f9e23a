//! `GET /d/{token}`: the file itself. Whoever fetches it is noted; nothing is used up.

use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    IF_NONE_MATCH, IF_RANGE, RANGE,
};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use data_encoding::HEXLOWER;
use web::Problem;

use super::byte_range::ByteRange;
use super::page::Pages;
use super::visitor::fetcher;
use super::{content_disposition, dead_link};
use crate::commands::{self, Download};
use crate::state::State;

/// `GET` and `HEAD /d/{token}`
pub(super) async fn send_file(
    request: HttpRequest,
    token: Path<String>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Problem> {
    match commands::record_download(&state, &token, fetcher(&request)).await {
        Ok(download) => Ok(answer_with(download, request.headers())),
        Err(error) => dead_link::or_problem(&pages, &error),
    }
}

fn answer_with(download: Download, headers: &HeaderMap) -> HttpResponse {
    let tag = format!("\"{}\"", HEXLOWER.encode(&download.sha256));
    if is_known(headers, &tag) {
        return HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
    }
    let bytes = Bytes::from(download.bytes);
    let range = range_of(headers, &tag, bytes.len());
    let mut response = HttpResponseBuilder::new(range.status());
    response
        .insert_header((CONTENT_TYPE, download.media_type))
        .insert_header((
            CONTENT_DISPOSITION,
            content_disposition::attachment(&download.name),
        ))
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((ACCEPT_RANGES, "bytes"));
    if let Some(content_range) = range.header(bytes.len()) {
        response.insert_header((CONTENT_RANGE, content_range));
    }
    match range {
        ByteRange::Whole => response.body(bytes),
        ByteRange::Part { first, last } => response.body(bytes.slice(first..=last)),
        ByteRange::Outside => response.finish(),
    }
}

/// The client has these very bytes (RFC 9110 §13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known
            .split(',')
            .map(str::trim)
            .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    })
}

/// A part is sent only of the file that the client already has the beginning of (RFC 9110 §13.1.5).
fn range_of(headers: &HeaderMap, tag: &str, length: usize) -> ByteRange {
    let same_file = headers
        .get(IF_RANGE)
        .is_none_or(|value| value.as_bytes() == tag.as_bytes());
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok());
    range
        .filter(|_| same_file)
        .map_or(ByteRange::Whole, |range| ByteRange::parse(range, length))
}
