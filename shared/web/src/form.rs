use crate::{Body, FieldError, MediaType, Problem};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use percent_encoding::percent_decode;
use std::borrow::Cow;
use std::fmt;

/// Fields of an HTML form or of a query string, in the order they came; a name may come several times. As an
/// extractor it reads an `application/x-www-form-urlencoded` body.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// # Errors
    /// 400 for bytes that are no UTF-8, 422 for a NUL character, which Postgres cannot store.
    pub fn parse(bytes: &[u8]) -> Result<Form, Problem> {
        let mut fields = Vec::new();
        for pair in pairs(bytes) {
            fields.push(strict_pair(pair).ok_or_else(|| Problem::bad_request("the form is not UTF-8"))?);
        }
        let form = Form { fields };
        match form
            .fields
            .iter()
            .find(|(name, value)| name.contains('\0') || value.contains('\0'))
        {
            Some((name, _)) => Err(has_nul(name)),
            None => Ok(form),
        }
    }

    /// Reads a body that is there already.
    ///
    /// # Errors
    /// 415 for another media type, and those of [`Form::parse`].
    pub fn of(body: &Body) -> Result<Form, Problem> {
        match body.media_type {
            MediaType::UrlEncodedForm => Form::parse(&body.bytes),
            _ => Err(Problem::unsupported_media(
                "send application/x-www-form-urlencoded",
            )),
        }
    }

    /// For query strings that strangers put together (UTM parameters): never refused. What is no UTF-8 becomes U+FFFD,
    /// NUL characters go.
    pub fn lenient(query: &str) -> Form {
        let readable = |part: &[u8]| decode(part).decode_utf8_lossy().replace('\0', "");
        let fields = pairs(query.as_bytes())
            .map(split_pair)
            .map(|(name, value)| (readable(&plus_to_space(name)), readable(&plus_to_space(value))))
            .collect();
        Form { fields }
    }

    /// The first value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of this name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a field of this name came, as a ticked box does.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Shows names only: values are what a visitor typed.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.fields.iter().map(|(name, _)| name))
            .finish()
    }
}

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Form, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(Body::from_request(request, payload).map(|body| Self::of(&body?)))
    }
}

fn has_nul(name: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(
        format!("/{}", name.replace('\0', "")),
        "holds a NUL character",
    )])
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty())
}

fn split_pair(pair: &[u8]) -> (&[u8], &[u8]) {
    match pair.iter().position(|&byte| byte == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (pair, &[]),
    }
}

fn strict_pair(pair: &[u8]) -> Option<(String, String)> {
    let (name, value) = split_pair(pair);
    Some((strict_text(name)?, strict_text(value)?))
}

fn strict_text(part: &[u8]) -> Option<String> {
    decode(&plus_to_space(part))
        .decode_utf8()
        .ok()
        .map(Cow::into_owned)
}

fn decode(part: &[u8]) -> percent_encoding::PercentDecode<'_> {
    percent_decode(part)
}

fn plus_to_space(part: &[u8]) -> Vec<u8> {
    part.iter()
        .map(|&byte| if byte == b'+' { b' ' } else { byte })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }

    #[test]
    fn values_stay_out_of_debug_output() {
        let form = Form::parse(b"email=ann%40example.org&updates=on").expect("a form");
        assert_eq!(format!("{form:?}"), r#"["email", "updates"]"#);
    }

    #[test]
    fn a_name_may_come_several_times() {
        let form = Form::parse(b"tag=a&tag=b&x=").expect("a form");
        assert_eq!(form.all("tag").collect::<Vec<_>>(), ["a", "b"]);
        assert!(form.has("x") && !form.has("y"));
    }

    proptest! {
        #[test]
        fn what_a_browser_sends_is_what_was_typed(fields in proptest::collection::vec(("[^\\x00]{1,8}", "[^\\x00]{0,20}"), 0..6)) {
            let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
            let body = body.join("&");
            let form = Form::parse(body.as_bytes()).expect("a form");
            let read: Vec<(String, String)> = form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            prop_assert_eq!(&read, &fields);
            prop_assert_eq!(Form::lenient(&body), form);
        }

        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(form) = Form::parse(&bytes) {
                prop_assert!(form.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
            }
        }

        #[test]
        fn a_query_is_always_read_and_never_holds_a_nul(query in "(%00|%ff|[a-z=&+%]|\\PC){0,60}") {
            let form = Form::lenient(&query);
            prop_assert!(form.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
        }
    }
}
