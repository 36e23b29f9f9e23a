//! Traces by OTLP: a log line that says within a trace how long something took is a step of that trace. So what is
//! exported is what is logged, with the trace ids that events carry, and it names nobody.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanProcessor};
use serde_json::Value;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::fields::Fields;
use crate::{LogError, TraceParent};

/// The field that makes a line a step.
const TOOK: &str = "duration_ms";
/// What the end of the process waits for the last batch.
const LAST_BATCH: Duration = Duration::from_secs(2);
/// Our words for what OpenTelemetry has words for (HTTP semantic conventions 1.x).
const SEMANTIC: [(&str, &str); 3] = [
    ("method", "http.request.method"),
    ("route", "http.route"),
    ("status", "http.response.status_code"),
];

/// Exports on a thread of its own until it is dropped. What a slow collector does not take is thrown away.
#[derive(Debug)]
pub(crate) struct Traces {
    processor: Arc<BatchSpanProcessor>,
    service: &'static str,
}

impl Traces {
    pub(crate) fn start(service: &'static str, address: &str) -> Result<Self, LogError> {
        if !address.starts_with("http://") {
            return Err(LogError::TracesEndpoint);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(format!("{}/v1/traces", address.trim_end_matches('/')))
            .build()
            .map_err(|error| LogError::Traces(error.to_string()))?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        processor.set_resource(&Resource::builder().with_service_name(service).build());
        Ok(Self {
            processor: Arc::new(processor),
            service,
        })
    }

    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let steps = Steps {
            processor: Arc::clone(&self.processor),
            scope: InstrumentationScope::builder(self.service).build(),
        };
        let is_wanted =
            |metadata: &Metadata<'_>| metadata.is_span() || metadata.fields().field(TOOK).is_some();
        steps.with_filter(filter_fn(is_wanted).with_max_level_hint(LevelFilter::DEBUG))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.processor.shutdown_with_timeout(LAST_BATCH) {
            tracing::warn!(%error, "the last traces were not exported");
        }
    }
}

struct Steps {
    processor: Arc<BatchSpanProcessor>,
    scope: InstrumentationScope,
}

/// Fields of a span, kept with it beside those of the log.
struct Around(Fields);

impl<S> Layer<S> for Steps
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Around(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(Around(fields)) = span.extensions_mut().get_mut()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        let spans = context.event_scope(event).into_iter();
        for span in spans.flat_map(|scope| scope.from_root()) {
            if let Some(Around(known)) = span.extensions().get() {
                fields.put_all(known);
            }
        }
        event.record(&mut fields);
        let failed = *event.metadata().level() == Level::ERROR;
        if let Some(step) = self.step(fields, failed, SystemTime::now()) {
            self.processor.on_end(step);
        }
    }
}

impl Steps {
    /// `None` outside of a trace. A step that has no name of its own gets one: nothing was caused by it.
    fn step(&self, mut fields: Fields, failed: bool, now: SystemTime) -> Option<SpanData> {
        let trace_id = TraceId::from_hex(fields.take("trace_id")?.as_str()?).ok()?;
        let milliseconds = fields.take(TOOK)?.as_f64()?;
        let took = Duration::try_from_secs_f64(milliseconds / 1_000.0).ok()?;
        let name = fields.take("message")?.as_str()?.to_owned();
        let mut id = |name| SpanId::from_hex(fields.take(name)?.as_str()?).ok();
        let span_id = id("span_id").or_else(new_span_id)?;
        let parent_span_id = id("parent_id").unwrap_or(SpanId::INVALID);
        Some(SpanData {
            span_context: SpanContext::new(
                trace_id,
                span_id,
                TraceFlags::SAMPLED,
                false,
                TraceState::default(),
            ),
            parent_span_id,
            parent_span_is_remote: parent_span_id != SpanId::INVALID,
            span_kind: kind(&name),
            name: name.into(),
            start_time: now.checked_sub(took)?,
            end_time: now,
            attributes: fields.into_pairs().filter_map(attribute).collect(),
            dropped_attributes_count: 0,
            events: Default::default(),
            links: Default::default(),
            status: if failed { Status::error("") } else { Status::Unset },
            instrumentation_scope: self.scope.clone(),
        })
    }
}

fn new_span_id() -> Option<SpanId> {
    SpanId::from_hex(&TraceParent::new_root().span_id().to_string()).ok()
}

fn kind(name: &str) -> SpanKind {
    match name {
        "request" => SpanKind::Server,
        "queued" => SpanKind::Consumer,
        "mail" => SpanKind::Client,
        _ => SpanKind::Internal,
    }
}

fn attribute((name, value): (&'static str, Value)) -> Option<KeyValue> {
    let named = SEMANTIC.iter().find(|(ours, _)| *ours == name);
    let name = named.map_or(name, |(_, theirs)| theirs);
    match value {
        Value::Bool(value) => Some(KeyValue::new(name, value)),
        Value::Number(value) => match value.as_i64() {
            Some(whole) => Some(KeyValue::new(name, whole)),
            None => Some(KeyValue::new(name, value.as_f64()?)),
        },
        Value::String(value) => Some(KeyValue::new(name, value)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
