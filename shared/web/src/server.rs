use crate::admin::insight;
use crate::observe::{Site, observe};
use crate::{AdminSite, BODY_LIMIT, Problem, RateLimits, Routes, TrustedProxies};
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig};
use actix_web::{App, HttpServer};
use lifecycle::{Supervisor, every};
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

/// Idle connections are kept this long, and a request's head may take this long.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
const HEAD_TIME: Duration = Duration::from_secs(5);
/// Open connections a worker; more wait in the kernel's queue.
const CONNECTIONS: usize = 1_024;
/// Requests under way may take this long after a stop was asked for.
const FINISH_TIME: Duration = Duration::from_secs(15);
/// Idle connections are cut after this many seconds of a stop.
const IDLE_SECONDS: u64 = 1;
const FORGET_CLIENTS_EVERY: Duration = Duration::from_secs(60);

/// A port cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{setting} cannot be used: {address} {problem}.", problem = reason(.source))]
pub struct BindError {
    setting: String,
    address: SocketAddr,
    source: io::Error,
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "is taken by another program".to_owned(),
        _ => format!("cannot be bound ({error})"),
    }
}

/// Takes a port. Called before anything else starts, so that a busy port stops the program at once.
///
/// # Errors
/// A sentence that names the setting; `main` ends with exit code 64.
pub fn bind(setting: impl Into<String>, address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).map_err(|source| BindError {
        setting: setting.into(),
        address,
        source,
    })
}

/// Where to listen, and how.
#[derive(Debug)]
pub struct Servers {
    pub public: TcpListener,
    pub admin: TcpListener,
    /// Worker threads of the public server; the number of cores by default.
    pub workers: Option<NonZeroUsize>,
    /// Between "not ready" and the end of accepting, so that load balancers can notice; zero on one machine.
    pub drain: Duration,
}

/// What the public port serves.
#[derive(Debug)]
pub struct PublicSite {
    /// Made with [`Routes::public`]; the first table also answers for requests that match none.
    pub routes: Vec<Routes>,
    pub limits: RateLimits,
    pub proxies: TrustedProxies,
}

/// Serves until a stop is asked for ([`Supervisor::stop_requested`]), then in this order: `/readyz` says no; after
/// `drain` no more connections are accepted; requests under way are finished. Tasks go on: `supervisor.stop` comes next.
///
/// # Errors
/// A listener cannot be used, or a server failed.
pub async fn serve(
    servers: Servers,
    public: PublicSite,
    admin: AdminSite,
    supervisor: &Supervisor,
) -> io::Result<()> {
    let under_way = TaskTracker::new();
    forget_idle_clients(&public.limits, supervisor);
    let workers = servers.workers;
    let public = public_server(servers.public, public, workers, under_way.clone(), supervisor)?;
    let admin = admin_server(servers.admin, admin, supervisor)?;
    let (public_handle, admin_handle) = (public.handle(), admin.handle());
    let run = async {
        let outcome = tokio::try_join!(public, admin);
        supervisor.request_stop();
        outcome.map(|_| ())
    };
    let stop = async {
        supervisor.stop_requested().await;
        supervisor.turn_readiness_off();
        stop_public(&public_handle, &under_way, servers.drain, supervisor).await;
        admin_handle.stop(false).await;
    };
    tokio::join!(run, stop).0
}

async fn stop_public(
    handle: &ServerHandle,
    under_way: &TaskTracker,
    drain: Duration,
    supervisor: &Supervisor,
) {
    let finish = async {
        sleep(drain).await;
        handle.pause().await;
        under_way.close();
        if timeout(FINISH_TIME, under_way.wait()).await.is_err() {
            tracing::warn!(requests = under_way.len(), "requests were cut off");
        }
    };
    tokio::select! {
        () = finish => {}
        () = supervisor.hurried() => {}
    }
    handle.stop(true).await;
}

fn forget_idle_clients(limits: &RateLimits, supervisor: &Supervisor) {
    const NAME: &str = "web: forget idle clients";
    let limits = limits.clone();
    let forget = move || {
        limits.forget_idle_clients();
        async { Ok::<(), Infallible>(()) }
    };
    supervisor.spawn(
        NAME,
        every(NAME, FORGET_CLIENTS_EVERY, supervisor.token(), forget),
    );
}

fn public_server(
    listener: TcpListener,
    public: PublicSite,
    workers: Option<NonZeroUsize>,
    under_way: TaskTracker,
    supervisor: &Supervisor,
) -> io::Result<Server> {
    let first = public.routes.first();
    let site = Site {
        service: first.map_or("leadstream", Routes::service),
        limits: public.limits,
        token: None,
        unmatched: first.and_then(Routes::unmatched),
        under_way,
        readiness: supervisor.readiness(),
    };
    let workers = workers
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    server(listener, workers, site, public.routes, public.proxies)
}

fn admin_server(listener: TcpListener, admin: AdminSite, supervisor: &Supervisor) -> io::Result<Server> {
    if admin.token.is_none() && !admin.routes.is_empty() {
        tracing::warn!("ADMIN_TOKEN is not set: the admin API refuses everybody");
    }
    let mut routes = vec![insight(&admin, supervisor)];
    routes.extend(admin.routes);
    let site = Site {
        service: routes.get(1).map_or("leadstream", Routes::service),
        limits: RateLimits::off(),
        token: admin.token,
        unmatched: None,
        under_way: TaskTracker::new(),
        readiness: supervisor.readiness(),
    };
    server(listener, 1, site, routes, TrustedProxies::default())
}

fn server(
    listener: TcpListener,
    workers: usize,
    site: Site,
    routes: Vec<Routes>,
    proxies: TrustedProxies,
) -> io::Result<Server> {
    let (site, proxies) = (web::Data::new(site), web::Data::new(proxies));
    let app = move || {
        App::new()
            .app_data(site.clone())
            .app_data(proxies.clone())
            .app_data(PayloadConfig::new(BODY_LIMIT))
            .wrap(from_fn(observe))
            .configure(|config| routes.iter().for_each(|table| table.mount(config)))
            .default_service(web::to(|| async {
                Err::<&'static str, Problem>(Problem::not_found())
            }))
    };
    let server = HttpServer::new(app)
        .workers(workers)
        .max_connections(CONNECTIONS)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIME)
        .client_disconnect_timeout(Duration::from_secs(2))
        .shutdown_timeout(IDLE_SECONDS)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
