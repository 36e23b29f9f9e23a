use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::time::Duration;

use lifecycle::Supervisor;
use program::Site;
use web::{AdminSite, PublicSite, RateLimits, Servers, TrustedProxies};

/// Bearer token of the admin port of whatever is served here.
pub const ADMIN_TOKEN: &str = "the admin's token";

/// Where a service of a test answers.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    pub public: SocketAddr,
    pub admin: SocketAddr,
}

/// Serves a service on free ports, as long as its supervisor is not asked to stop.
///
/// # Panics
/// When there is no free port.
pub fn serve(site: Site, limits: RateLimits, supervisor: &Supervisor) -> Served {
    let [public, admin] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    let address = |listener: &TcpListener| listener.local_addr().expect("bound");
    let served = Served {
        public: address(&public),
        admin: address(&admin),
    };
    let servers = Servers {
        public,
        admin,
        workers: NonZeroUsize::new(1),
        drain: Duration::ZERO,
    };
    let public = PublicSite {
        routes: vec![site.public],
        limits,
        proxies: TrustedProxies::default(),
    };
    let admin = AdminSite {
        routes: vec![site.admin],
        registries: vec![site.registry],
        probes: vec![site.probe],
        token: Some(ADMIN_TOKEN.into()),
    };
    let serving = supervisor.clone();
    supervisor.spawn("serve the test", async move {
        let outcome = web::serve(servers, public, admin, &serving).await;
        outcome.expect("servers that run");
    });
    served
}

impl Served {
    /// A path of the public port.
    #[must_use]
    pub fn public_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.public)
    }

    /// A path of the admin port.
    #[must_use]
    pub fn admin_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }
}
