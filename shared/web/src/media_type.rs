use crate::Problem;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};

/// What a body claims to be: the `Content-Type` without its parameters, lower-case. Only UTF-8 is spoken here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaType {
    Json,
    UrlEncodedForm,
    /// `multipart/form-data`, which RFC 8058 allows for the one-click unsubscribe; its parts are not read here.
    MultipartForm,
    /// `message/rfc822`.
    Mail,
    Other,
    /// There was no `Content-Type`.
    Missing,
}

impl MediaType {
    /// # Errors
    /// 415 for a `Content-Encoding` (a small body can unpack to a huge one) and for a charset that is not UTF-8.
    pub(crate) fn of(headers: &HeaderMap) -> Result<MediaType, Problem> {
        let encoded = headers
            .get_all(CONTENT_ENCODING)
            .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
        if encoded {
            return Err(Problem::unsupported_media(
                "send the body without Content-Encoding",
            ));
        }
        let Some(value) = headers.get(CONTENT_TYPE) else {
            return Ok(MediaType::Missing);
        };
        let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        if parts.any(is_foreign_charset) {
            return Err(Problem::unsupported_media("send the body as UTF-8"));
        }
        Ok(match essence.as_str() {
            "application/json" => MediaType::Json,
            "application/x-www-form-urlencoded" => MediaType::UrlEncodedForm,
            "multipart/form-data" => MediaType::MultipartForm,
            "message/rfc822" => MediaType::Mail,
            _ => MediaType::Other,
        })
    }
}

fn is_foreign_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("charset")
        && !["utf-8", "utf8", "us-ascii"]
            .iter()
            .any(|known| value.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn media_type(name: HeaderName, value: &'static str) -> Result<MediaType, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        MediaType::of(&headers).map_err(|problem| problem.status.as_u16())
    }

    #[test]
    fn parameters_and_case_do_not_matter() {
        for value in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
        ] {
            assert_eq!(media_type(CONTENT_TYPE, value), Ok(MediaType::Json));
        }
        assert_eq!(
            media_type(CONTENT_TYPE, "multipart/form-data; boundary=x"),
            Ok(MediaType::MultipartForm)
        );
        assert_eq!(media_type(CONTENT_TYPE, "text/json"), Ok(MediaType::Other));
        assert_eq!(MediaType::of(&HeaderMap::new()), Ok(MediaType::Missing));
    }

    #[test]
    fn another_charset_or_a_packed_body_is_refused() {
        assert_eq!(
            media_type(CONTENT_TYPE, "application/json; charset=utf-16"),
            Err(415)
        );
        assert_eq!(media_type(CONTENT_ENCODING, "gzip"), Err(415));
        assert_eq!(media_type(CONTENT_ENCODING, "identity"), Ok(MediaType::Missing));
    }
}
