//! What the process tells about itself: log lines, trace ids, metrics. README.md says what every log line holds.

mod fields;
mod json_lines;
mod log;
mod metrics;
#[cfg(feature = "otlp")]
mod otlp;
mod panics;
mod spans;
mod trace_parent;

pub use log::{Guard, LogError, LogFormat, init};
pub use metrics::{registry, render};
pub use spans::{event_span, service_span};
pub use trace_parent::{SpanId, TraceId, TraceParent};
