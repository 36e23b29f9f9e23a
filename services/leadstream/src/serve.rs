//! `leadstream serve`: settings, ports, engines, mailbox, services, in this order; and the way back.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lifecycle::{Supervisor, every};
use mailbox::{Mailbox, MailboxConfig};
use program::{Failure, Outcome, limits};
use prometheus::Registry;
use secrecy::SecretString;
use settings::exit_code;
use signup::domain::offer::OfferDraft;
use url::Url;
use web::{AdminSite, HttpMetrics, PublicSite, Routes, Servers, TrustedProxies};

use crate::config::{Given, Settings};
use crate::databases::Databases;
use crate::demo::Demo;
use crate::engine_room::EngineRoom;
use crate::keys::Keys;
use crate::offers;
use crate::ports::Ports;
use crate::services::{self, Configs, Services, Surroundings};
use crate::start_page::{self, Links};
use crate::terminal::say;

/// A stop takes no longer than this, after the servers and before the engines.
const FLUSH: Duration = Duration::from_secs(10);
const LOOK_AT_ENGINES: Duration = Duration::from_secs(1);

/// Starts everything and serves until a signal.
///
/// # Errors
/// What is wrong, in words for the person at the terminal, and the exit code.
pub fn serve(settings: &Settings) -> Outcome {
    let public_url = settings.public_url()?;
    let given = settings.given()?;
    services::check(settings, &given, &public_url)?;
    let ports = Ports::bind(settings)?;
    let log = telemetry::init(
        "leadstream",
        settings.serve.log.log_format,
        &settings.serve.log.log_level,
        settings.serve.log.otel_exporter_otlp_endpoint.as_deref(),
    )
    .map_err(|error| Failure::new(exit_code::USAGE, error))?;
    say("Leadstream starts …");
    let ground = Ground::prepare(settings, given, public_url)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(ground.serve(ports));
    // Consumers' threads may still wait for Kafka: the engines go last, and nothing waits for those threads.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ground.engines.close();
    drop(log);
    say("Leadstream has stopped.");
    served
}

/// What is there before the services.
struct Ground<'a> {
    settings: &'a Settings,
    given: Given,
    public_url: Url,
    keys: Keys,
    routes_file: PathBuf,
    offers: Vec<OfferDraft>,
    engines: Arc<EngineRoom>,
}

impl<'a> Ground<'a> {
    /// Keys, the demo's files, offers, and the engines.
    fn prepare(settings: &'a Settings, given: Given, public_url: Url) -> Result<Self, Failure> {
        let data_dir = &settings.data_dir;
        let unusable = |error| Settings::data_dir_unusable(data_dir, &error);
        fs::create_dir_all(data_dir).map_err(unusable)?;
        let keys = Keys::load(data_dir, &given)?;
        let demo = Demo::unpack(data_dir).map_err(unusable)?;
        let offers = offers::read_all(settings.offers_dir.as_deref().unwrap_or(&demo.offers_dir))?;
        let engines = Arc::new(EngineRoom::open(settings, &given)?);
        let routes_file = settings.routes_file.clone().unwrap_or(demo.routes_file);
        Ok(Self {
            settings,
            given,
            public_url,
            keys,
            routes_file,
            offers,
            engines,
        })
    }

    async fn serve(&self, ports: Ports) -> Outcome {
        let supervisor = Supervisor::new();
        supervisor.stop_on_signals()?;
        let served = Box::pin(self.serve_under(&supervisor, ports)).await;
        supervisor.stop(FLUSH).await;
        served?;
        if supervisor.has_failed() {
            return Err(Failure::new(exit_code::SOFTWARE, "a task died: see the log"));
        }
        Ok(())
    }

    async fn serve_under(&self, supervisor: &Supervisor, ports: Ports) -> Outcome {
        let admin_url = format!("http://{}/", ports.admin.local_addr()?);
        let folder = self.settings.data_dir.join("mailbox");
        let config = MailboxConfig {
            smtp: ports.mailbox_smtp,
            http: ports.mailbox,
            dir: folder,
        };
        let mailbox = Mailbox::start(config, supervisor)
            .await
            .map_err(|error| mistake(&error))?;
        let mailbox_url = format!("http://{}/", mailbox.http_addr());
        let services = self.build_services(&mailbox, supervisor).await?;
        let campaigns = offers::apply_all(services.signup.state(), self.offers.clone()).await?;
        let registry = telemetry::registry("leadstream");
        supervisor
            .register_metrics(&registry)
            .map_err(|error| mistake(&error))?;
        let metrics = HttpMetrics::register(&registry).map_err(|error| mistake(&error))?;
        let links = Links {
            campaigns,
            mailbox_url: &mailbox_url,
            admin_url: &admin_url,
        };
        let start_page = start_page::routes(metrics, &links).map_err(|error| mistake(&error))?;
        let public = self.public_site(&services, start_page);
        let admin = self.admin_site(&services, registry);
        let registries = services.registries();
        services.start(supervisor);
        watch(&self.engines, supervisor);
        services::await_consumers(&registries).await;
        self.announce(&links);
        let drain = Duration::from_secs(self.settings.serve.http.shutdown_drain_seconds);
        let servers = Servers {
            public: ports.public,
            admin: ports.admin,
            workers: None,
            drain,
        };
        Ok(web::serve(servers, public, admin, supervisor).await?)
    }

    async fn build_services(&self, mailbox: &Mailbox, supervisor: &Supervisor) -> Result<Services, Failure> {
        let databases = Databases::ensure(&self.given, self.engines.postgres.as_ref()).await?;
        let own_relay = SecretString::from(format!("smtp://{}", mailbox.smtp_addr()));
        let around = Surroundings {
            settings: self.settings,
            databases: &databases,
            kafka: &self.engines.kafka,
            smtp_url: self.given.smtp_url.clone().unwrap_or(own_relay),
            public_url: &self.public_url,
            keys: &self.keys,
            routes_file: &self.routes_file,
        };
        let configs = Configs::read(&around)?;
        configs.migrate().await?;
        Services::build(configs, supervisor)
    }

    fn public_site(&self, services: &Services, start_page: Routes) -> PublicSite {
        let http = &self.settings.serve.http;
        let mut routes = services.public_routes();
        routes.push(start_page);
        PublicSite {
            routes,
            limits: limits(http),
            proxies: TrustedProxies::new(http.trusted_proxies.clone()),
        }
    }

    fn admin_site(&self, services: &Services, own: Registry) -> AdminSite {
        let mut registries = services.registries();
        registries.push(own);
        AdminSite {
            routes: services.admin_routes(),
            registries,
            probes: services.probes(),
            token: Some(self.keys.admin_token.clone()),
        }
    }

    fn announce(&self, links: &Links<'_>) {
        let shown = |path: &Path| path.display().to_string();
        say("");
        say(format_args!("  Start here   {}", self.public_url));
        say(format_args!("  Mailbox      {}", links.mailbox_url));
        say(format_args!("  Metrics      {}metrics", links.admin_url));
        say(format_args!("  Data         {}", shown(&self.settings.data_dir)));
        say("");
        say("Ctrl-C stops all of it.");
    }
}

/// What can only be a mistake in this program, or a machine that refuses what every machine grants.
fn mistake(error: &dyn std::error::Error) -> Failure {
    Failure::caused_by(exit_code::SOFTWARE, error)
}

/// Stops the program when its engines are gone for good: without Postgres and Kafka it could only refuse.
fn watch(engines: &Arc<EngineRoom>, supervisor: &Supervisor) {
    const NAME: &str = "leadstream: watch engines";
    let (engines, stopping) = (engines.clone(), supervisor.clone());
    let look = move || {
        if engines.is_lost() {
            tracing::error!("the engines are gone: somebody has killed their guard");
            stopping.request_stop();
        }
        async { Ok::<(), Infallible>(()) }
    };
    supervisor.spawn(NAME, every(NAME, LOOK_AT_ENGINES, supervisor.token(), look));
}
