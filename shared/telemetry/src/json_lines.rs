//! One JSON object a line, flat: `time`, `level`, `service`, `message`, `target`, then the event's fields and those of
//! the spans around it (the innermost wins).

use crate::span_fields::Fields;
use serde_json::{Map, Value};
use std::io::Write;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

#[derive(Debug)]
pub(crate) struct JsonLines<W> {
    service: &'static str,
    writer: W,
}

impl<W> JsonLines<W> {
    pub(crate) fn new(service: &'static str, writer: W) -> JsonLines<W> {
        JsonLines { service, writer }
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = self.line(event, &context).to_string();
        line.push('\n');
        // There is nowhere left to report that a log line cannot be written.
        let _ = self
            .writer
            .make_writer_for(event.metadata())
            .write_all(line.as_bytes());
    }
}

impl<W> JsonLines<W> {
    fn line<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> Value
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut fields = Map::new();
        fields.insert("time".to_owned(), now().into());
        fields.insert("level".to_owned(), event.metadata().level().as_str().into());
        fields.insert("service".to_owned(), self.service.into());
        fields.insert("target".to_owned(), event.metadata().target().into());
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(known) = span.extensions().get::<Fields>() {
                fields.extend(known.0.clone());
            }
        }
        let mut own = Fields::default();
        event.record(&mut own);
        fields.extend(own.0);
        Value::Object(fields)
    }
}

/// RFC 3339 in UTC. Formatting can only fail for years past 9999.
fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
