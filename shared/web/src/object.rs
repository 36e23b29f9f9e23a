use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A struct that is read from a JSON object alone. serde would also take a list for it, with the fields in their order:
/// a body that no document describes, and that changes its meaning when a field is added. [`crate::Json`] reads its
/// type so; a struct within it is wrapped by its field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        deserializer.deserialize_map(FromMap(PhantomData)).map(Object)
    }
}

struct FromMap<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FromMap<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        email: String,
        touch: Option<Object<Inner>>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Inner {
        source: Option<String>,
    }

    /// What is wrong, and where; nothing if it is read.
    fn read(json: &str) -> Vec<(String, String)> {
        let read = parse_json::<Object<Outer>>(json.as_bytes());
        let errors = read.err().map(|problem| problem.errors).unwrap_or_default();
        let told = |error: &crate::FieldError| (error.pointer.to_string(), error.detail.to_string());
        errors.iter().map(told).collect()
    }

    #[test]
    fn a_list_is_no_object_at_the_top_or_within() {
        let no_object = |pointer: &str| vec![(pointer.to_owned(), "must be an object".to_owned())];
        assert_eq!(read(r#"["a", ["b"]]"#), no_object(""));
        assert_eq!(read(r#"{"email": "a", "touch": ["b"]}"#), no_object("/touch"));
        assert_eq!(read(r#"{"email": "a", "touch": []}"#), no_object("/touch"));
        assert_eq!(read(r#"{"email": "a", "touch": {"source": "b"}}"#), []);
        assert_eq!(read(r#"{"email": "a", "touch": null}"#), []);
    }

    #[test]
    fn fields_of_an_object_are_named_as_ever() {
        let one = |pointer: &str, detail: &str| vec![(pointer.to_owned(), detail.to_owned())];
        assert_eq!(read("{}"), one("/email", "is missing"));
        assert_eq!(
            read(r#"{"email": "a", "touch": {"sauce": 1}}"#),
            one("/touch/sauce", "is not a field of this request")
        );
        assert_eq!(
            read(r#"{"email": "a", "touch": {"source": 1}}"#),
            one("/touch/source", "must be a string")
        );
    }
}
