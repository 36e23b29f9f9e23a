use crate::json_lines::JsonLines;
use crate::panics;
use std::io::{BufWriter, IsTerminal};
use std::str::FromStr;
use tracing::Dispatch;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::{EnvFilter, fmt};

/// Lines that wait for a slow terminal or pipe; past that they are dropped, so that logging never stops the service.
const BUFFERED_LINES: usize = 8_192;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Pretty on a terminal, otherwise JSON.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// For eyes.
    Pretty,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<LogFormat, String> {
        match name {
            "auto" => Ok(LogFormat::Auto),
            "json" => Ok(LogFormat::Json),
            "pretty" => Ok(LogFormat::Pretty),
            _ => Err("it must be auto, json or pretty".to_owned()),
        }
    }
}

/// Why logging cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("LOG_LEVEL must be a level or a filter such as info,web=debug ({0}).")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT needs a build with the feature otlp.")]
    TracesNotBuiltIn,
    #[error(
        "OTEL_EXPORTER_OTLP_ENDPOINT must be the http:// address of a collector: TLS is for the collector to speak."
    )]
    TracesEndpoint,
    #[error("traces cannot be exported ({0}).")]
    Traces(String),
    #[error("logging was started twice in one process.")]
    Twice(#[from] tracing::dispatcher::SetGlobalDefaultError),
}

/// Where actix says, as an error, that a stranger's request cannot be parsed: nobody here must act on that.
const GARBLED: &str = "actix_http::h1::dispatcher=off";

/// Keep it until the end of `main`: dropping it writes what is still buffered.
#[derive(Debug)]
#[must_use = "log lines are lost when it is dropped early"]
pub struct Guard {
    _worker: WorkerGuard,
    #[cfg(feature = "otlp")]
    _traces: Option<crate::otlp::Traces>,
}

/// Starts logging to standard error, off-thread. `service` is what a line says that is written outside a span which
/// has a field `service`. `filter` is a level or a list such as `info,web=debug`. `traces_to` is the address of a
/// collector that gets traces by OTLP; blank is none.
///
/// # Errors
/// The filter makes no sense, traces cannot be exported there, or logging has been started before.
pub fn init(
    service: &'static str,
    format: LogFormat,
    filter: &str,
    traces_to: Option<&str>,
) -> Result<Guard, LogError> {
    let traces_to = traces_to.map(str::trim).filter(|address| !address.is_empty());
    let filter = EnvFilter::builder()
        .parse(filter)?
        .add_directive(GARBLED.parse()?);
    let buffered = BufWriter::with_capacity(64 * 1024, std::io::stderr());
    let (writer, worker) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(BUFFERED_LINES)
        .finish(buffered);
    let layer = match format {
        LogFormat::Json => json(service, writer),
        LogFormat::Auto if !std::io::stderr().is_terminal() => json(service, writer),
        LogFormat::Auto | LogFormat::Pretty => pretty(writer),
    };
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter));
    #[cfg(feature = "otlp")]
    let traces = traces_to
        .map(|address| crate::otlp::Traces::start(service, address))
        .transpose()?;
    #[cfg(feature = "otlp")]
    let subscriber = subscriber.with(traces.as_ref().map(crate::otlp::Traces::layer));
    #[cfg(not(feature = "otlp"))]
    if traces_to.is_some() {
        return Err(LogError::TracesNotBuiltIn);
    }
    tracing::dispatcher::set_global_default(Dispatch::new(subscriber))?;
    panics::log_them();
    Ok(Guard {
        _worker: worker,
        #[cfg(feature = "otlp")]
        _traces: traces,
    })
}

fn json(service: &'static str, writer: NonBlocking) -> Box<dyn Layer<Registry> + Send + Sync> {
    JsonLines::new(service, writer).boxed()
}

fn pretty(writer: NonBlocking) -> Box<dyn Layer<Registry> + Send + Sync> {
    fmt::layer().compact().with_ansi(true).with_writer(writer).boxed()
}
