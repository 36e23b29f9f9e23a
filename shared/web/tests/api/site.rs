//! A small service to ask: its routes, its servers, and ways to talk to it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use lifecycle::Supervisor;
use serde::Deserialize;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use web::{
    AdminSite, ClientAddress, Form, HttpMetrics, Json, Problem, PublicSite, RateGroup, RateLimits, Routes,
    Servers, Trace, TrustedProxies,
};

/// Longest wait for anything that must happen.
pub const SOON: Duration = Duration::from_secs(20);

pub const TOKEN: &str = "the admin's token";

/// How the site differs from the usual one.
pub struct Options {
    pub limits: RateLimits,
    pub proxies: TrustedProxies,
    pub admin: AdminSite,
    pub drain: Duration,
}

impl Default for Options {
    fn default() -> Options {
        let admin = AdminSite {
            token: Some(TOKEN.into()),
            routes: vec![admin_routes()],
            ..AdminSite::default()
        };
        let (limits, proxies) = (RateLimits::off(), TrustedProxies::default());
        Options {
            limits,
            proxies,
            admin,
            drain: Duration::ZERO,
        }
    }
}

pub struct Site {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub supervisor: Supervisor,
    pub registry: prometheus::Registry,
    /// Lets one request to `/slow` go on.
    pub gate: Arc<Gate>,
    pub served: JoinHandle<io::Result<()>>,
}

/// `/slow` tells that it has begun and waits until it may go on.
#[derive(Default)]
pub struct Gate {
    pub begun: Notify,
    pub go_on: Notify,
}

impl Site {
    pub fn start() -> Site {
        Site::with(Options::default())
    }

    pub fn with(options: Options) -> Site {
        let supervisor = Supervisor::new();
        let registry = telemetry::registry("shop");
        let gate = Arc::new(Gate::default());
        let metrics = HttpMetrics::register(&registry).expect("registered once");
        let public = PublicSite {
            routes: vec![routes(metrics, Arc::clone(&gate))],
            limits: options.limits,
            proxies: options.proxies,
        };
        let [public_listener, admin_listener] =
            [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let public_address = public_listener.local_addr().expect("bound");
        let admin_address = admin_listener.local_addr().expect("bound");
        let servers = Servers {
            public: public_listener,
            admin: admin_listener,
            workers: NonZeroUsize::new(1),
            drain: options.drain,
        };
        let mut admin = options.admin;
        admin.registries.push(registry.clone());
        let serving = supervisor.clone();
        let served = supervisor
            .spawner()
            .spawn(async move { web::serve(servers, public, admin, &serving).await });
        Site {
            public: public_address,
            admin: admin_address,
            supervisor,
            registry,
            gate,
            served,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.public)
    }

    pub fn admin_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        reqwest::get(self.url(path)).await.expect("an answer")
    }

    pub async fn post(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> reqwest::Response {
        let request = reqwest::Client::new()
            .post(self.url(path))
            .header("content-type", content_type);
        request.body(body.into()).send().await.expect("an answer")
    }

    /// Completes when `/readyz` says no, or nobody answers there any more.
    pub async fn is_not_ready(&self) {
        while reqwest::get(self.admin_url("/readyz"))
            .await
            .is_ok_and(|answer| answer.status() == 200)
        {
            tokio::task::yield_now().await;
        }
    }

    /// Sends bytes as they are and reads until the server closes the connection.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.public).await.expect("connected");
        stream.write_all(bytes).await.expect("sent");
        read_to_end(&mut stream).await
    }
}

/// Until the other side closes; a reset ends it, too.
pub async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(SOON, stream.read_to_end(&mut answer)).await;
    assert!(
        read.is_ok(),
        "the connection stays open after {}",
        String::from_utf8_lossy(&answer)
    );
    String::from_utf8_lossy(&answer).into_owned()
}

fn routes(metrics: HttpMetrics, gate: Arc<Gate>) -> Routes {
    Routes::public("shop", metrics)
        .data(Data::from(gate))
        .get("/c/thanks", async || "thanks")
        .get("/c/{campaign}", landing_page)
        .post("/c/{campaign}", async |form: Form| {
            form.get("email").unwrap_or("nothing").to_owned()
        })
        .post("/v1/signups", async |body: Json<Signup>| body.0.email)
        .post("/v1/strict", async |body: Json<Strict>| body.0.email)
        .post("/u/{token}", async || "gone")
        .in_group(RateGroup::Unlimited)
        .get("/client", async |client: ClientAddress| client.0.to_string())
        .get("/trace", async |trace: Trace| trace.to_string())
        .get("/number/{number}", async |number: Path<u8>| number.to_string())
        .get("/panic", panic_in_handler)
        .get("/unavailable", async || {
            Err::<&'static str, Problem>(Problem::unavailable())
        })
        .post("/impatient", impatient)
        .get("/slow", slow)
}

pub fn admin_routes() -> Routes {
    Routes::admin("shop").get("/admin/v1/shop/offers", async || "offers")
}

#[derive(Deserialize)]
pub struct Signup {
    email: String,
    #[expect(dead_code, reason = "only read")]
    age: Option<u8>,
    #[expect(dead_code, reason = "only read")]
    touch: Option<Touch>,
}

#[derive(Deserialize)]
pub struct Touch {
    #[expect(dead_code, reason = "only read")]
    tags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strict {
    email: String,
}

async fn landing_page() -> HttpResponse {
    web::html(StatusCode::OK, "<h1>Hi!</h1>")
}

async fn panic_in_handler() -> &'static str {
    panic!("on purpose")
}

async fn impatient(request: HttpRequest, payload: actix_web::web::Payload) -> Result<String, Problem> {
    let body = web::read_body(
        request.headers(),
        payload.into_inner(),
        10,
        Duration::from_millis(300),
    )
    .await?;
    Ok(body.bytes.len().to_string())
}

async fn slow(gate: Data<Gate>) -> &'static str {
    gate.begun.notify_one();
    gate.go_on.notified().await;
    "done"
}
