//! One JSON object a line, flat: `time`, `level`, `service`, `target`, then the fields of the spans around the event,
//! from the outermost in, then the event's `message` and fields. Of two fields of one name the later wins.

use crate::fields::Fields;
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
        let line = self.fields(event, &context).line();
        // There is nowhere left to report that a log line cannot be written.
        let _ = self
            .writer
            .make_writer_for(event.metadata())
            .write_all(line.as_bytes());
    }
}

impl<W> JsonLines<W> {
    fn fields<S>(&self, event: &Event<'_>, context: &Context<'_, S>) -> Fields
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut fields = Fields::default();
        fields.put("time", now());
        fields.put("level", event.metadata().level().as_str());
        fields.put("service", self.service);
        fields.put("target", event.metadata().target());
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(known) = span.extensions().get::<Fields>() {
                fields.put_all(known);
            }
        }
        event.record(&mut fields);
        fields
    }
}

/// RFC 3339 in UTC. Formatting can only fail for years past 9999.
fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing::field::Empty;
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(run: impl FnOnce()) -> Vec<Value> {
        lines_down_to(LevelFilter::TRACE, run)
    }

    fn lines_down_to(level: LevelFilter, run: impl FnOnce()) -> Vec<Value> {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let layer = JsonLines::new("leadstream", move || writer.clone()).with_filter(level);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), run);
        let bytes = buffer.0.lock().expect("not poisoned").clone();
        let text = String::from_utf8(bytes).expect("UTF-8");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("an object a line"))
            .collect()
    }

    #[test]
    fn a_line_holds_time_level_service_message_and_fields_side_by_side() {
        let lines = lines_of(|| tracing::warn!(count = 3, ok = true, ratio = 0.5, "something happened"));
        let line = lines[0].as_object().expect("an object");
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["service"], "leadstream");
        assert_eq!(line["message"], "something happened");
        assert_eq!(
            (&line["count"], &line["ok"], &line["ratio"]),
            (&3.into(), &true.into(), &0.5.into())
        );
        let time = line["time"].as_str().expect("a text");
        assert!(OffsetDateTime::parse(time, &Rfc3339).is_ok(), "{time}");
    }

    #[test]
    fn a_line_takes_service_and_trace_id_from_the_spans_around_it() {
        let lines = lines_of(|| {
            let request = tracing::error_span!("request", service = Empty, trace_id = "abc");
            request.record("service", "signup");
            let _outer = request.enter();
            let _inner = tracing::info_span!("step", step = 2).entered();
            tracing::info!("inside");
        });
        assert_eq!(lines[0]["service"], "signup");
        assert_eq!(lines[0]["trace_id"], "abc");
        assert_eq!(lines[0]["step"], 2);
    }

    #[test]
    fn whose_line_it_is_is_told_even_where_only_errors_are() {
        let lines = lines_down_to(LevelFilter::ERROR, || {
            let _service = crate::service_span("signup").entered();
            let trace = crate::TraceParent::new_root().to_string();
            crate::event_span("event-1", Some(&trace)).in_scope(|| tracing::error!("not handled"));
            crate::event_span("event-2", Some("anybody's text")).in_scope(|| tracing::error!("nor this"));
        });
        assert_eq!(
            (&lines[0]["service"], &lines[0]["event_id"]),
            (&"signup".into(), &"event-1".into())
        );
        assert!(lines[0]["trace_id"].is_string(), "{}", lines[0]);
        assert_eq!(
            (&lines[1]["event_id"], lines[1].get("trace_id")),
            (&"event-2".into(), None)
        );
    }

    #[test]
    fn an_error_is_shown_with_its_causes() {
        let error = io::Error::other("disk full");
        let chain: Box<dyn std::error::Error> = Box::new(Wrapped(error));
        let lines = lines_of(|| tracing::error!(error = &*chain, "not written"));
        assert_eq!(lines[0]["error"], "outbox: disk full");
    }

    #[derive(Debug, thiserror::Error)]
    #[error("outbox")]
    struct Wrapped(#[source] io::Error);

    #[test]
    fn a_line_break_in_a_value_cannot_forge_a_line() {
        let lines = lines_of(|| tracing::info!(error = "first\n{\"level\":\"ERROR\"}", "failed\nagain"));
        assert_eq!(lines.len(), 1);
    }
}
