//! Log lines of requests, and the trace they belong to.

use crate::site::Site;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use telemetry::TraceParent;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that this process logs; tests find their lines by trace id.
fn log() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(|| {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .init();
        lines
    })
}

fn lines_of(trace: &TraceParent) -> Vec<String> {
    let bytes = log().0.lock().expect("not poisoned").clone();
    let id = trace.trace_id().to_string();
    String::from_utf8_lossy(&bytes)
        .lines()
        .filter(|line| line.contains(&id))
        .map(str::to_owned)
        .collect()
}

async fn ask(site: &Site, method: &str, path: &str) -> (TraceParent, reqwest::Response) {
    let trace = TraceParent::new_root();
    let request = reqwest::Client::new().request(method.parse().expect("a method"), site.url(path));
    let request = request
        .header("traceparent", trace.to_string())
        .header("tracestate", "stranger=secret");
    (trace, request.send().await.expect("an answer"))
}

#[tokio::test]
async fn a_request_is_one_line_without_its_path_or_query() {
    log();
    let site = Site::start();
    let (trace, _) = ask(&site, "GET", "/c/private-token?email=ann@example.org").await;
    let lines = lines_of(&trace);
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in [
        "service=\"shop\"",
        "method=\"GET\"",
        "route=\"/c/{campaign}\"",
        "status=200",
        "duration_ms=",
    ] {
        assert!(lines[0].contains(part), "{part} in {}", lines[0]);
    }
    assert!(!lines[0].contains("private-token") && !lines[0].contains("ann@example.org"));
}

#[tokio::test]
async fn a_request_that_matches_nothing_is_one_line_too() {
    log();
    let site = Site::start();
    let (trace, _) = ask(&site, "BREW", "/wp-admin/secret").await;
    let lines = lines_of(&trace);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("route=\"unmatched\"") && lines[0].contains("service=\"shop\""),
        "{}",
        lines[0]
    );
    assert!(
        !lines[0].contains("secret") && !lines[0].contains("BREW"),
        "{}",
        lines[0]
    );
}

#[tokio::test]
async fn a_callers_trace_goes_on_under_a_span_of_our_own() {
    let site = Site::start();
    let (sent, answer) = ask(&site, "GET", "/trace").await;
    let ours = TraceParent::parse(&answer.text().await.expect("text")).expect("valid");
    assert_eq!(ours.trace_id(), sent.trace_id());
    assert_ne!(ours, sent);
}

#[tokio::test]
async fn a_broken_traceparent_is_replaced() {
    let site = Site::start();
    let request = reqwest::Client::new()
        .get(site.url("/trace"))
        .header("traceparent", "00-nonsense");
    let ours = request
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert!(TraceParent::parse(&ours).is_some(), "{ours}");
}
