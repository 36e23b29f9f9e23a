use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use lifecycle::Supervisor;
use prometheus::Registry;
use settings::{HttpArgs, LogArgs, exit_code};
use web::{AdminSite, Probe, PublicSite, Quotas, RateLimits, Routes, Servers, TrustedProxies};

use crate::{Failure, Outcome, block_on};

/// What `serve` needs besides the service's own settings.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub http: HttpArgs,
    #[command(flatten)]
    pub log: LogArgs,
}

/// The ports of a service where none are set, on the loopback address.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub public: u16,
    pub admin: u16,
}

/// A started service as its two ports show it.
#[derive(Debug)]
pub struct Site {
    pub public: Routes,
    pub admin: Routes,
    pub registry: Registry,
    pub probe: Probe,
}

/// Serves until a signal, then stops in good order: servers first, then tasks, which get `flush` to end.
///
/// `start` builds and starts the service. The ports are taken before it is called.
///
/// # Errors
/// A wrong setting or a taken port (64), what `start` says, or a task that died (70).
pub fn serve<E>(
    service: &'static str,
    args: &ServeArgs,
    ports: Ports,
    flush: Duration,
    start: impl FnOnce(&Supervisor) -> Result<Site, E>,
) -> Outcome
where
    Failure: From<E>,
{
    let usage = |error: &dyn std::error::Error| Failure::caused_by(exit_code::USAGE, error);
    let token = args.http.admin_token()?;
    let log = telemetry::init(
        service,
        args.log.log_format,
        &args.log.log_level,
        args.log.otel_exporter_otlp_endpoint.as_deref(),
    )
    .map_err(|error| usage(&error))?;
    let servers = servers(&args.http, ports)?;
    block_on(async {
        let supervisor = Supervisor::new();
        supervisor.stop_on_signals()?;
        let site = start(&supervisor)?;
        supervisor
            .register_metrics(&site.registry)
            .map_err(|error| Failure::caused_by(exit_code::SOFTWARE, &error))?;
        let public = PublicSite {
            routes: vec![site.public],
            limits: limits(&args.http),
            proxies: TrustedProxies::new(args.http.trusted_proxies.clone()),
        };
        let admin = AdminSite {
            routes: vec![site.admin],
            registries: vec![site.registry],
            probes: vec![site.probe],
            token,
        };
        let served = web::serve(servers, public, admin, &supervisor).await;
        supervisor.stop(flush).await;
        drop(log);
        served?;
        if supervisor.has_failed() {
            return Err(Failure::new(exit_code::SOFTWARE, "a task died: see the log"));
        }
        Ok(())
    })
}

/// Takes both ports before anything else starts.
fn servers(http: &HttpArgs, ports: Ports) -> Result<Servers, Failure> {
    let bind = |setting, given: Option<SocketAddr>, port| {
        let address = given.unwrap_or(loopback(port));
        web::bind(setting, address).map_err(|error| Failure::new(exit_code::USAGE, error))
    };
    Ok(Servers {
        public: bind("PUBLIC_LISTEN", http.public_listen, ports.public)?,
        admin: bind("ADMIN_LISTEN", http.admin_listen, ports.admin)?,
        workers: None,
        drain: Duration::from_secs(http.shutdown_drain_seconds),
    })
}

pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// The rate limits that the settings ask for.
#[must_use]
pub fn limits(http: &HttpArgs) -> RateLimits {
    if !http.rate_limit.is_on() {
        return RateLimits::off();
    }
    RateLimits::new(Quotas {
        posts_per_minute: http.rate_limit_posts_per_minute,
        posts_burst: http.rate_limit_posts_burst,
        pages_per_minute: http.rate_limit_pages_per_minute,
    })
}
