//! Cross-origin answers (Fetch standard) for the few API routes that other people's pages may call. Which origins are
//! allowed is the caller's business; credentials never are.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap, HeaderValue};

/// The request's `Origin`, unless there is none or it is `null` (sandboxed frames and files, which anybody can be).
pub fn origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers
        .get(header::ORIGIN)
        .filter(|origin| origin.as_bytes() != b"null")
}

/// Answer to a preflight of a `POST` with a JSON body, for an origin that is allowed; browsers may keep it 10 minutes.
pub fn preflight(origin: &HeaderValue) -> HttpResponse {
    let mut response = HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "POST"))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "content-type, idempotency-key, traceparent",
        ))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"))
        .finish();
    allow(&mut response, origin);
    response
}

/// Lets a page of `origin` read the response. The answer differs by origin, and says so to caches.
pub fn allow(response: &mut HttpResponse, origin: &HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after"),
    );
}
