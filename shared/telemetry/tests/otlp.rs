//! Traces, as a collector gets them: an HTTP server of this test's own reads the protobuf of OTLP 1.x by its tags.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, exit};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use telemetry::{LogFormat, TraceParent};

/// Set in a child: this program again, for one of its tests, with the address of the collector.
const CHILD: &str = "TELEMETRY_TEST_COLLECTOR";
const CAUSE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CAUSE_ID: &str = "00f067aa0ba902b7";

/// What is posted to a collector: path and body.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.expect("a connection"));
            while let Some(posted) = request(&mut reader) {
                reader
                    .get_mut()
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .expect("answered");
                if sender.send(posted).is_err() {
                    return;
                }
            }
        }
    });
    (address, receiver)
}

fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header field");
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    Some((first, body))
}

/// Runs `work` in a process of its own that exports to this collector.
#[expect(
    clippy::disallowed_methods,
    reason = "no setting: tells the child from its parent"
)]
fn in_child(test: &str, address: &str, work: fn(&str)) {
    if let Ok(address) = std::env::var(CHILD) {
        work(&address);
        exit(0);
    }
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, address)
        .output()
        .expect("a child process");
    assert!(output.status.success(), "{output:?}");
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16);
    digits.map(|pair| byte(pair).expect("a byte")).collect()
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

/// A field of protobuf that holds bytes: its tag, their length, they themselves.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).expect("short");
    [&[number << 3 | 2, length], value].concat()
}

/// Breaks on a build whose spans have trace ids of their own: nothing joins the services then.
#[test]
fn a_line_with_a_duration_is_a_step_of_the_trace_that_the_event_carries() {
    let (address, posted) = collector();
    let test = "a_line_with_a_duration_is_a_step_of_the_trace_that_the_event_carries";
    in_child(test, &address, |address| {
        let log = telemetry::init("notification", LogFormat::Json, "warn", Some(address)).expect("logging");
        let step = TraceParent::parse(CAUSE).expect("valid").child();
        let span = tracing::error_span!(
            "request",
            trace_id = %step.trace_id(),
            span_id = %step.span_id(),
            parent_id = step.parent_id().map(tracing::field::display),
            service = tracing::field::Empty
        );
        span.record("service", "signup");
        span.in_scope(|| {
            tracing::info!(line = "not a step", "no duration");
            tracing::info!(
                method = "POST",
                route = "/c/{campaign}",
                status = 303,
                duration_ms = 12.5,
                "request"
            );
        });
        tracing::info!(duration_ms = 1.0, "outside of any trace");
        tracing::error!(trace_id = %step.trace_id(), parent_id = CAUSE_ID, duration_ms = 40.0, reply_code = 550, "mail");
        drop(log);
    });
    let (first, body) = posted.recv_timeout(Duration::from_secs(30)).expect("a batch");
    assert!(first.starts_with("POST /v1/traces "), "{first}");
    let (trace, cause) = (field(1, &bytes(TRACE_ID)), field(4, &bytes(CAUSE_ID)));
    let both = |part: &[u8]| body.windows(part.len()).filter(|window| *window == part).count();
    assert_eq!(
        (both(&trace), both(&cause)),
        (2, 2),
        "two steps of one trace, of one cause"
    );
    for part in [
        &field(5, b"request")[..],
        &field(5, b"mail"),
        b"http.response.status_code",
        b"/c/{campaign}",
        b"reply_code",
        b"notification",
        b"signup",
    ] {
        assert!(contains(&body, part), "{}", String::from_utf8_lossy(part));
    }
    for part in [&b"no duration"[..], b"not a step", b"outside of any trace"] {
        assert!(!contains(&body, part), "{}", String::from_utf8_lossy(part));
    }
}

#[test]
fn a_collector_that_is_away_holds_nobody_up() {
    in_child(
        "a_collector_that_is_away_holds_nobody_up",
        "http://127.0.0.1:9",
        |address| {
            let log = telemetry::init("signup", LogFormat::Json, "error", Some(address)).expect("logging");
            let trace = TraceParent::new_root();
            let began = std::time::Instant::now();
            for _ in 0..10_000 {
                tracing::info!(trace_id = %trace.trace_id(), duration_ms = 1.0, "request");
            }
            drop(log);
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        },
    );
}

#[test]
fn an_address_that_would_need_tls_is_refused_by_name() {
    let error = telemetry::init("signup", LogFormat::Json, "info", Some("https://collector:4318"))
        .expect_err("no TLS is built in");
    assert!(
        error
            .to_string()
            .starts_with("OTEL_EXPORTER_OTLP_ENDPOINT must be"),
        "{error}"
    );
}
