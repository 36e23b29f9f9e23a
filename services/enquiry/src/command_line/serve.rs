//! `enquiry serve` and `enquiry check-config`.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use lifecycle::Supervisor;
use settings::{HttpArgs, exit_code};
use web::{AdminSite, PublicSite, Quotas, RateLimits, Servers, TrustedProxies};

use super::{Failure, Outcome, ServeSettings, block_on};
use crate::app::App;

const PUBLIC: SocketAddr = loopback(8082);
const ADMIN: SocketAddr = loopback(8092);
/// A stop takes no longer than this, after the servers.
const FLUSH: Duration = Duration::from_secs(10);

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)
}

/// Serves until a signal, then stops in good order.
pub(super) fn serve(settings: &ServeSettings) -> Outcome {
    let config = settings.settings.resolve()?;
    let token = settings.http.admin_token()?;
    let log = telemetry::init("enquiry", settings.log.log_format, &settings.log.log_level)
        .map_err(|error| Failure::new(exit_code::USAGE, &error))?;
    let servers = servers(&settings.http)?;
    block_on(async {
        let supervisor = Supervisor::new();
        supervisor.stop_on_signals()?;
        let app = App::build(config, &supervisor)?;
        supervisor
            .register_metrics(&app.registry())
            .map_err(crate::Error::from)?;
        let public = PublicSite {
            routes: vec![app.public_routes()],
            limits: limits(&settings.http),
            proxies: TrustedProxies::new(settings.http.trusted_proxies.clone()),
        };
        let admin = AdminSite {
            routes: vec![app.admin_routes()],
            registries: vec![app.registry()],
            probes: vec![app.ready()],
            token,
        };
        app.start(&supervisor);
        let served = web::serve(servers, public, admin, &supervisor).await;
        supervisor.stop(FLUSH).await;
        drop(log);
        served?;
        if supervisor.has_failed() {
            return Err(Failure::new(exit_code::SOFTWARE, &"a task died: see the log"));
        }
        Ok(())
    })
}

/// Says that the settings are right, or what is wrong with them.
pub(super) fn check(settings: &ServeSettings) -> Outcome {
    let config = settings.settings.resolve()?;
    settings.http.admin_token()?;
    writeln!(
        io::stdout(),
        "the settings are right; {} rules send questions to {} teams",
        config.table.rules.len() + 1,
        config.table.teams.len()
    )?;
    Ok(())
}

/// Takes both ports before anything else starts.
fn servers(http: &HttpArgs) -> Result<Servers, Failure> {
    let bind = |setting, address| {
        web::bind(setting, address).map_err(|error| Failure::new(exit_code::USAGE, &error))
    };
    Ok(Servers {
        public: bind("PUBLIC_LISTEN", http.public_listen.unwrap_or(PUBLIC))?,
        admin: bind("ADMIN_LISTEN", http.admin_listen.unwrap_or(ADMIN))?,
        workers: None,
        drain: Duration::from_secs(http.shutdown_drain_seconds),
    })
}

fn limits(http: &HttpArgs) -> RateLimits {
    if !http.rate_limit.is_on() {
        return RateLimits::off();
    }
    RateLimits::new(Quotas {
        posts_per_minute: http.rate_limit_posts_per_minute,
        posts_burst: http.rate_limit_posts_burst,
        pages_per_minute: http.rate_limit_pages_per_minute,
    })
}
