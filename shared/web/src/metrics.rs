use actix_web::http::StatusCode;
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};

/// Upper bounds in seconds; one of them is the service level's 500 ms.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// What public requests look like from outside. `route` is a path template of the route table, never a path; all that
/// matches none is `unmatched`. HEAD counts as GET.
///
/// - `leadstream_http_requests_total{method, route, status_class}`
/// - `leadstream_http_request_duration_seconds{method, route}`: until the answer's head is ready
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    requests: IntCounterVec,
    duration: HistogramVec,
}

impl HttpMetrics {
    /// # Errors
    /// They are registered there already.
    pub fn register(registry: &Registry) -> Result<HttpMetrics, prometheus::Error> {
        let requests = Opts::new("leadstream_http_requests_total", "Public requests answered.");
        let duration = HistogramOpts::new(
            "leadstream_http_request_duration_seconds",
            "Time until the answer to a public request was ready.",
        );
        let metrics = HttpMetrics {
            requests: IntCounterVec::new(requests, &["method", "route", "status_class"])?,
            duration: HistogramVec::new(duration.buckets(BUCKETS.to_vec()), &["method", "route"])?,
        };
        registry.register(Box::new(metrics.requests.clone()))?;
        registry.register(Box::new(metrics.duration.clone()))?;
        Ok(metrics)
    }

    /// The series of one route; they exist, as zero, from here on.
    pub(crate) fn route(&self, method: &str, route: &str) -> RouteMetrics {
        RouteMetrics {
            by_class: CLASSES.map(|class| self.requests.with_label_values(&[method, route, class])),
            duration: self.duration.with_label_values(&[method, route]),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct RouteMetrics {
    by_class: [IntCounter; CLASSES.len()],
    duration: Histogram,
}

impl RouteMetrics {
    pub(crate) fn observe(&self, status: StatusCode, seconds: f64) {
        let class = usize::from(status.as_u16() / 100)
            .saturating_sub(2)
            .min(CLASSES.len() - 1);
        self.by_class[class].inc();
        self.duration.observe(seconds);
    }
}
