use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use utoipa::ToSchema;

/// Media type of a [`Problem`] (RFC 9457).
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// One field of the request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, `/email`; for a form, the field's name after a slash
    #[schema(example = "/email")]
    pub pointer: String,
    /// What is wrong, in words for the person who typed it
    #[schema(example = "must be an email address such as name@example.org")]
    pub detail: Cow<'static, str>,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> FieldError {
        FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// An answer that is not a success (RFC 9457). Browsers get it as a small page. Never put internals or another
/// person's data into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`, or a URI that stays the same for this kind of problem
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    /// The kind of problem in a few words; for `about:blank` the phrase of the status
    #[schema(example = "Unprocessable Entity")]
    pub title: &'static str,
    /// Status code
    #[serde(serialize_with = "status_number")]
    #[schema(value_type = u16, example = 422)]
    pub status: StatusCode,
    /// What went wrong this time
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Cow<'static, str>>,
    /// The fields that are wrong
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds until it is worth another try; sent as `Retry-After`
    #[serde(skip)]
    pub retry_after: Option<u64>,
    /// Methods that the path has; sent as `Allow` with a 405.
    #[serde(skip)]
    pub(crate) allow: Option<Box<str>>,
}

impl Problem {
    /// A problem that its status says all about: `about:blank`.
    pub fn new(status: StatusCode) -> Problem {
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            allow: None,
        }
    }

    /// 400: the request cannot be understood at all.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST).detail(detail)
    }

    /// 401.
    pub fn unauthorized() -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED)
    }

    /// 403.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN).detail(detail)
    }

    /// 404.
    pub fn not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND)
    }

    /// 405, with the methods that the path has.
    pub(crate) fn method_not_allowed(allow: String) -> Problem {
        Problem {
            allow: Some(allow.into_boxed_str()),
            ..Problem::new(StatusCode::METHOD_NOT_ALLOWED)
        }
    }

    /// 409.
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::new(StatusCode::CONFLICT).detail(detail)
    }

    /// 413.
    pub fn too_large(limit: usize) -> Problem {
        let detail = format!("the body may have at most {limit} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE).detail(detail)
    }

    /// 415.
    pub fn unsupported_media(detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).detail(detail)
    }

    /// 422: understood, but these fields are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Problem {
        let problem =
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail("some fields are not as they should be");
        Problem { errors, ..problem }
    }

    /// 422: the `Idempotency-Key` came before, with another request. It points at the body as a whole, which is "" in
    /// RFC 6901.
    pub fn idempotency_key_reused() -> Problem {
        let detail = "this Idempotency-Key was used before, for another request";
        Problem::invalid(vec![FieldError::new("", detail)])
    }

    /// 429, with the seconds to wait.
    pub fn too_many_requests(retry_after: u64) -> Problem {
        Problem::new(StatusCode::TOO_MANY_REQUESTS)
            .detail("too many requests, please wait")
            .retry_after(retry_after)
    }

    /// 500. The reason belongs into the log, not here.
    pub fn internal() -> Problem {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// 503, worth another try in two seconds.
    pub fn unavailable() -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE)
            .detail("not available right now, please try again")
            .retry_after(2)
    }

    /// What went wrong this time.
    pub fn detail(self, detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem {
            detail: Some(detail.into()),
            ..self
        }
    }

    /// Seconds until it is worth another try.
    pub fn retry_after(self, seconds: u64) -> Problem {
        Problem {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// A kind with a name of its own: `kind` is a URI that never changes again.
    pub fn kind(self, kind: &'static str, title: &'static str) -> Problem {
        Problem { kind, title, ..self }
    }

    /// The answer's head, as the JSON body and the browser's page share it.
    pub(crate) fn head(&self) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Some(methods) = &self.allow {
            response.insert_header((header::ALLOW, methods.as_ref()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        response
    }
}

/// For the log. The detail stays out of it: it may quote what the visitor typed.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.title)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.head().content_type(MEDIA_TYPE).json(self)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn status_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
