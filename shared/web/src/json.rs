use crate::json_scan::scan;
use crate::{Body, FieldError, MediaType, Object, Problem};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

/// A JSON object as the body, read strictly. An extractor. A type that wants unknown fields refused says
/// `#[serde(deny_unknown_fields)]`; otherwise they are ignored.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Json<T>, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Box::pin(Body::from_request(request, payload).map(|body| Self::of(&body?)))
    }
}

impl<T: DeserializeOwned> Json<T> {
    /// Reads a body that is there already.
    ///
    /// # Errors
    /// 415 for another media type, and those of [`parse_json`].
    pub fn of(body: &Body) -> Result<Json<T>, Problem> {
        match body.media_type {
            MediaType::Json => parse_json(&body.bytes).map(|Object(read)| Json(read)),
            _ => Err(Problem::unsupported_media("send application/json")),
        }
    }
}

/// Reads UTF-8 JSON into `T`.
///
/// # Errors
/// 400 for what is no JSON (also: a byte order mark, other encodings, lone surrogates, more than 128 levels); 422 with
/// pointers for a key that comes twice, a NUL character, and what does not fit `T`.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::bad_request("the body is not UTF-8"))?;
    let findings = scan(text).map_err(|error| no_json(&error))?;
    if !findings.is_empty() {
        return Err(Problem::invalid(findings));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        match error.inner().classify() {
            Category::Data => Problem::invalid(vec![field_error(pointer, &error.inner().to_string())]),
            Category::Syntax | Category::Eof | Category::Io => no_json(error.inner()),
        }
    })
}

fn no_json(error: &serde_json::Error) -> Problem {
    Problem::bad_request(format!(
        "the body is not JSON: line {}, column {}",
        error.line(),
        error.column()
    ))
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer += &format!("/{index}"),
            Segment::Map { key } => pointer += &format!("/{}", escape(key)),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// One reference token (RFC 6901, section 3).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// serde names a missing or unknown field only in its message, and that quotes the input: only what it expected is
/// passed on.
fn field_error(pointer: String, message: &str) -> FieldError {
    let quoted = || message.split('`').nth(1).map(escape).unwrap_or_default();
    if message.starts_with("missing field") {
        return FieldError::new(format!("{pointer}/{}", quoted()), "is missing");
    }
    if message.starts_with("unknown field") {
        let already_there = pointer.ends_with(&format!("/{}", quoted()));
        let pointer = if already_there {
            pointer
        } else {
            format!("{pointer}/{}", quoted())
        };
        return FieldError::new(pointer, "is not a field of this request");
    }
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    let expected = expected.and_then(|expected| expected.split(" at line ").next());
    match expected {
        Some(expected) => FieldError::new(pointer, format!("must be {expected}")),
        None => FieldError::new(pointer, "is not as it should be"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Any JSON value whose texts hold no NUL.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[^\\x00]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map("[^\\x00]{0,6}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn good_json_is_read_as_it_is(value in json()) {
            prop_assert_eq!(parse_json::<Value>(value.to_string().as_bytes()).expect("JSON"), value);
        }

        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Err(problem) = parse_json::<Value>(&bytes) {
                prop_assert!(problem.status.is_client_error());
            }
        }

        #[test]
        fn a_pointer_leads_to_the_field_it_names(key in "[^\\x00]{1,12}") {
            let body = serde_json::json!({"list": [{&key: "a\0b"}]});
            let problem = parse_json::<Value>(body.to_string().as_bytes()).expect_err("a NUL");
            let pointer = &problem.errors[0].pointer;
            prop_assert_eq!(body.pointer(pointer), Some(&Value::from("a\0b")), "{}", pointer);
        }
    }
}
