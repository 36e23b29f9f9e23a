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
        Box::pin(Body::from_request(request, payload).map(|body| from_body(&body?)))
    }
}

fn from_body(body: &Body) -> Result<Form, Problem> {
    match body.media_type {
        MediaType::UrlEncodedForm => Form::parse(&body.bytes),
        _ => Err(Problem::unsupported_media(
            "send application/x-www-form-urlencoded",
        )),
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
