use serde_json::Value;
use std::fmt::{self, Write};
use tracing::field::{Field, Visit};

/// Fields of a log line by name, in the order they came. Also kept with a span, so that its events can show them.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// The last value of a name wins.
    pub(crate) fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    pub(crate) fn put_all(&mut self, others: &Fields) {
        for (name, value) in &others.0 {
            self.put(name, value.clone());
        }
    }

    /// Takes a field out.
    #[cfg(feature = "otlp")]
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.remove(place).1)
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn into_pairs(self) -> impl Iterator<Item = (&'static str, Value)> {
        self.0.into_iter()
    }

    /// A JSON object and a line break. Names are identifiers and need no escapes.
    pub(crate) fn line(&self) -> String {
        let mut line = String::with_capacity(320);
        for (number, (name, value)) in self.0.iter().enumerate() {
            let before = if number == 0 { '{' } else { ',' };
            // Writing to a string cannot fail.
            let _ = write!(line, "{before}\"{name}\":{value}");
        }
        line.push_str("}\n");
        line
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        self.put(field.name(), text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }
}
