//! One pass over a JSON text before it is read into a type: what serde would let through and we must not.

use crate::FieldError;
use crate::json::escape;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// Answers list at most this many fields.
const MOST_FINDINGS: usize = 20;

/// Keys that come twice in one object (readers disagree on which one counts) and NUL characters (Postgres stores
/// none), with their pointers.
///
/// # Errors
/// The text is no JSON.
pub(crate) fn scan(text: &str) -> Result<Vec<FieldError>, serde_json::Error> {
    let mut scan = Scan {
        pointer: String::new(),
        findings: Vec::new(),
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_any(&mut scan)?;
    deserializer.end()?;
    Ok(scan.findings)
}

struct Scan {
    pointer: String,
    findings: Vec<FieldError>,
}

impl Scan {
    fn report(&mut self, detail: &'static str) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(FieldError::new(self.pointer.clone(), detail));
        }
    }

    /// Runs `visit` one level deeper, at `token`.
    fn below<T>(&mut self, token: &str, visit: impl FnOnce(&mut Scan) -> T) -> T {
        let parent = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(token);
        let outcome = visit(self);
        self.pointer.truncate(parent);
        outcome
    }
}

impl<'de> DeserializeSeed<'de> for &mut Scan {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Scan {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            self.report("holds a NUL character");
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        while self
            .below(&index.to_string(), |scan| items.next_element_seed(scan))?
            .is_some()
        {
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.below(&escape(&key), |scan| {
                if key.contains('\0') {
                    scan.report("has a name with a NUL character");
                }
                if seen.contains(&key) {
                    scan.report("comes twice");
                }
                entries.next_value_seed(scan)
            })?;
            seen.insert(key);
        }
        Ok(())
    }
}
