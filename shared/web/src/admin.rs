use crate::Routes;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use futures_util::future::{BoxFuture, join_all};
use lifecycle::{Readiness, Spawner, Supervisor};
use prometheus::Registry;
use secrecy::SecretString;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A probe that has not answered by then says no.
const PROBE_TIME: Duration = Duration::from_secs(2);

/// What the admin port serves besides `/livez`, `/readyz` and `/metrics`.
#[derive(Debug, Default)]
pub struct AdminSite {
    /// Admin API of the services, made with [`Routes::admin`].
    pub routes: Vec<Routes>,
    /// Merged into one `/metrics`.
    pub registries: Vec<Registry>,
    /// `/readyz` is 200 only while all of them say yes.
    pub probes: Vec<Probe>,
    /// Bearer token of the admin API; without one it refuses everybody.
    pub token: Option<SecretString>,
}

/// One thing without which no work can be taken (Postgres; never Kafka or SMTP).
#[derive(Clone)]
pub struct Probe {
    name: &'static str,
    check: Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
}

impl Probe {
    /// `name` is shown by `/readyz`. `check` runs on the main runtime and should answer within a second.
    pub fn new<F, Fut>(name: &'static str, check: F) -> Probe
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        Probe {
            name,
            check: Arc::new(move || Box::pin(check())),
        }
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probe").field(&self.name).finish()
    }
}

/// What the built-in handlers need.
struct Insight {
    registries: Vec<Registry>,
    probes: Vec<Probe>,
    readiness: Readiness,
    spawner: Spawner,
}

/// The built-in routes.
pub(crate) fn insight(site: &AdminSite, supervisor: &Supervisor) -> Routes {
    let insight = Insight {
        registries: site.registries.clone(),
        probes: site.probes.clone(),
        readiness: supervisor.readiness(),
        spawner: supervisor.spawner(),
    };
    Routes::probes("leadstream")
        .data(web::Data::new(insight))
        .get("/livez", live)
        .get("/readyz", ready)
        .get("/metrics", metrics)
}

/// The process answers; nothing else is meant by it.
async fn live() -> &'static str {
    "ok\n"
}

#[derive(Serialize)]
struct ReadinessReport {
    ready: bool,
    shutting_down: bool,
    probes: BTreeMap<&'static str, bool>,
}

async fn ready(insight: web::Data<Insight>) -> HttpResponse {
    let shutting_down = insight.readiness.is_shutting_down();
    let outcomes = join_all(insight.probes.iter().map(|probe| ask(&insight.spawner, probe))).await;
    let ready = !shutting_down && outcomes.iter().all(|&outcome| outcome);
    let probes = insight
        .probes
        .iter()
        .map(|probe| probe.name)
        .zip(outcomes)
        .collect();
    let report = ReadinessReport {
        ready,
        shutting_down,
        probes,
    };
    let mut response = if ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(report)
}

/// Not in the request's own future: one that is dropped half-way can spoil a pooled connection.
async fn ask(spawner: &Spawner, probe: &Probe) -> bool {
    let answer = spawner.spawn(timeout(PROBE_TIME, (probe.check)()));
    matches!(answer.await, Ok(Ok(true)))
}

async fn metrics(insight: web::Data<Insight>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(telemetry::render(&insight.registries))
}
