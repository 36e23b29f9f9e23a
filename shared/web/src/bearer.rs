use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Whether the request carries `token` (RFC 6750, section 2.1). Without a configured token nobody does. How long the
/// comparison takes tells the token's length and nothing else.
pub(crate) fn carries_token(headers: &HeaderMap, token: Option<&SecretString>) -> bool {
    let Some(token) = token else { return false };
    let Some((scheme, given)) = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.split_once(' '))
    else {
        return false;
    };
    let same: bool = given
        .trim()
        .as_bytes()
        .ct_eq(token.expose_secret().as_bytes())
        .into();
    scheme.eq_ignore_ascii_case("bearer") && same
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn only_the_configured_token_opens() {
        let token = SecretString::from("s3cret");
        let carries = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            carries_token(&headers, Some(&token))
        };
        assert!(carries("Bearer s3cret"));
        assert!(carries("bearer  s3cret"));
        for wrong in [
            "Bearer s3cre",
            "Bearer s3cret2",
            "Basic s3cret",
            "s3cret",
            "Bearer",
            "Bearer ",
        ] {
            assert!(!carries(wrong), "{wrong}");
        }
        assert!(!carries_token(&HeaderMap::new(), Some(&token)));
    }

    #[test]
    fn without_a_token_nothing_opens() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer "));
        assert!(!carries_token(&headers, None));
    }
}
