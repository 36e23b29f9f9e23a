//! The last touch on every answer: problems in the form that the client can show, and headers that protect it.

use crate::accept::prefers_html;
use crate::{FieldError, PAGE_POLICY, Problem};
use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

/// Set where the handler has not set them: nothing may be sniffed, loaded, framed, kept, or sent on as a referrer.
const DEFAULTS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (CACHE_CONTROL, "no-store"),
];

pub(crate) fn finish(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let mut response = match problem(&response) {
        Some(problem) => show(response, &problem),
        None => response,
    };
    let headers = response.headers_mut();
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

/// What went wrong, for an answer that was made from an error. actix's own errors keep only their status: their words
/// are not ours.
fn problem(response: &ServiceResponse<BoxBody>) -> Option<Problem> {
    let error = response.response().error()?;
    let ours = error.as_error::<Problem>().cloned();
    Some(ours.unwrap_or_else(|| Problem::new(response.status())))
}

fn show(response: ServiceResponse<BoxBody>, problem: &Problem) -> ServiceResponse<BoxBody> {
    let shown = if prefers_html(response.request().headers()) {
        page(problem)
    } else {
        actix_web::ResponseError::error_response(problem)
    };
    response.into_response(shown)
}

fn page(problem: &Problem) -> HttpResponse {
    let detail = problem
        .detail
        .as_deref()
        .map(|detail| format!("<p>{}</p>", escape(detail)))
        .unwrap_or_default();
    let errors: String = problem.errors.iter().map(item).collect();
    let list = if errors.is_empty() {
        errors
    } else {
        format!("<ul>{errors}</ul>")
    };
    let title = problem.title;
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title></head><body><main><h1>{title}</h1>{detail}{list}</main></body></html>"
    );
    problem
        .head()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .body(body)
}

fn item(error: &FieldError) -> String {
    format!(
        "<li>{}: {}</li>",
        escape(error.pointer.trim_start_matches('/')),
        escape(&error.detail)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
