//! The two layers around every handler. `observe` is the outer one and sees all requests, `enter` the inner one and
//! sees those that matched a route.

use crate::bearer::carries_token;
use crate::kept_payload::KeptPayload;
use crate::metrics::RouteMetrics;
use crate::rate_limit::{RateLimits, seconds_to_wait};
use crate::routes::{Entrance, MountedPath, UNMATCHED};
use crate::tracked_body::TrackedBody;
use crate::{Problem, Trace, answer};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use futures_util::FutureExt;
use lifecycle::Readiness;
use secrecy::SecretString;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::task::TaskTracker;
use tracing::field::Empty;
use tracing::{Instrument, Span};

/// What the layers of one server share.
#[derive(Debug)]
pub(crate) struct Site {
    /// Whom a request that matches no route is put down to.
    pub(crate) service: &'static str,
    pub(crate) limits: RateLimits,
    pub(crate) token: Option<SecretString>,
    pub(crate) unmatched: Option<RouteMetrics>,
    pub(crate) under_way: TaskTracker,
    pub(crate) readiness: Readiness,
}

/// Begins the trace, finishes the answer, counts it and writes its log line.
pub(crate) async fn observe<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<TrackedBody>, Error> {
    let started = Instant::now();
    let site = Arc::clone(
        request
            .app_data::<web::Data<Site>>()
            .expect("a server has a site"),
    );
    let under_way = site.under_way.token();
    let unread = KeptPayload::of(&mut request);
    let method = request.method().clone();
    let trace = Trace::begin(
        request
            .headers()
            .get("traceparent")
            .and_then(|value| value.to_str().ok()),
    );
    request.extensions_mut().insert(trace);
    // On the level of errors, so that a filter for warnings does not take their trace id away.
    let span = tracing::error_span!(
        "request",
        trace_id = %trace.trace_id(),
        span_id = %trace.span_id(),
        parent_id = trace.parent_id().map(tracing::field::display),
        service = Empty
    );

    let response = next.call(request).instrument(span.clone()).await?;
    let mut response = answer::finish(response.map_into_boxed_body());
    if site.readiness.is_shutting_down() {
        response
            .response_mut()
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    span.in_scope(|| note(&site, &method, &response, started.elapsed()));
    Ok(response.map_body(|_, body| TrackedBody::new(body, under_way, unread)))
}

/// One log line and the metrics. The route's template stands for the path: paths hold tokens.
fn note(site: &Site, method: &Method, response: &ServiceResponse, took: Duration) {
    let status = response.status();
    let mounted = response.request().app_data::<Arc<MountedPath>>();
    let endpoint = mounted.and_then(|mounted| mounted.endpoint(method));
    let metrics = endpoint.map_or(site.unmatched.as_ref(), |endpoint| endpoint.metrics.as_ref());
    if let Some(metrics) = metrics {
        metrics.observe(status, took.as_secs_f64());
    }
    let route = mounted.map_or(UNMATCHED, |mounted| mounted.path);
    if mounted.is_none() {
        Span::current().record("service", site.service);
    }
    // A method can be any word that a stranger chose.
    let method = endpoint.map_or("other", |_| method.as_str());
    let (status, duration_ms) = (status.as_u16(), took.as_secs_f64() * 1000.0);
    if mounted.is_some_and(|mounted| matches!(mounted.entrance, Entrance::Probe)) {
        // Without how long it took: a line with that is a step of a trace, and probes would be most of them.
        tracing::debug!(method, route, status, "probe");
    } else {
        tracing::info!(method, route, status, duration_ms, "request");
    }
}

/// Lets a request in, or not; a handler that panics is answered with 500.
pub(crate) async fn enter<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Err(problem) = admit(&request) {
        return Ok(request.into_response(HttpResponse::from_error(problem)));
    }
    let for_panic = request.request().clone();
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(outcome) => Ok(outcome?.map_into_boxed_body()),
        Err(_) => Ok(ServiceResponse::new(
            for_panic,
            HttpResponse::from_error(Problem::internal()),
        )),
    }
}

fn admit(request: &ServiceRequest) -> Result<(), Problem> {
    let (Some(site), Some(mounted)) = (
        request.app_data::<web::Data<Site>>(),
        request.app_data::<Arc<MountedPath>>(),
    ) else {
        return Ok(());
    };
    Span::current().record("service", mounted.service);
    match mounted.entrance {
        Entrance::Admin if !carries_token(request.headers(), site.token.as_ref()) => {
            Err(Problem::unauthorized())
        }
        Entrance::Admin | Entrance::Probe => Ok(()),
        Entrance::Public(_) => {
            let endpoint = mounted.endpoint(request.method());
            let wait =
                endpoint.and_then(|endpoint| seconds_to_wait(&site.limits, endpoint, request.request()));
            wait.map_or(Ok(()), |seconds| Err(Problem::too_many_requests(seconds)))
        }
    }
}
