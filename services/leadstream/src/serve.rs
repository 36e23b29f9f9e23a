//! `leadstream serve`: ports, engines, mailbox, services, in this order; and the way back.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lifecycle::{Supervisor, every};
use mailbox::{Mailbox, MailboxConfig};
use prometheus::Registry;
use secrecy::SecretString;
use url::Url;
use web::{AdminSite, HttpMetrics, PublicSite, Quotas, RateLimits, Routes, Servers, TrustedProxies};

use crate::config::Settings;
use crate::databases::Databases;
use crate::demo::Demo;
use crate::engine_room::EngineRoom;
use crate::error::Error;
use crate::keys::Keys;
use crate::offers;
use crate::ports::Ports;
use crate::services::{Configs, Services, Surroundings};
use crate::start_page::{self, Links};
use crate::terminal::say;

/// A stop takes no longer than this, after the servers and before the engines.
const FLUSH: Duration = Duration::from_secs(10);
const LOOK_AT_ENGINES: Duration = Duration::from_secs(1);

/// Starts everything and serves until a signal.
///
/// # Errors
/// What is wrong, in words for the person at the terminal.
pub fn serve(settings: &Settings) -> Result<(), Error> {
    let public_url = settings.public_url()?;
    let ports = Ports::bind(settings)?;
    let log = telemetry::init("leadstream", settings.log.log_format, &settings.log.log_level)?;
    say("Leadstream starts …");
    let keys = prepare(&settings.data_dir)?;
    let demo = Demo::unpack(&settings.data_dir).map_err(|source| data_dir_error(settings, source))?;
    let engines = Arc::new(EngineRoom::open(settings)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ground = Ground {
        settings,
        public_url: &public_url,
        keys: &keys,
        demo: &demo,
        engines: &engines,
    };
    let served = runtime.block_on(ground.serve(ports));
    // Consumers' threads may still wait for Kafka: the engines go last, and nothing waits for those threads.
    runtime.shutdown_timeout(Duration::from_secs(1));
    engines.close();
    drop(log);
    say("Leadstream has stopped.");
    served
}

fn prepare(data_dir: &Path) -> Result<Keys, Error> {
    let made = fs::create_dir_all(data_dir);
    made.map_err(|source| Error::DataDir {
        path: data_dir.to_owned(),
        source,
    })?;
    Ok(Keys::load(data_dir)?)
}

fn data_dir_error(settings: &Settings, source: std::io::Error) -> Error {
    Error::DataDir {
        path: settings.data_dir.clone(),
        source,
    }
}

/// What is there before the services.
struct Ground<'a> {
    settings: &'a Settings,
    public_url: &'a Url,
    keys: &'a Keys,
    demo: &'a Demo,
    engines: &'a Arc<EngineRoom>,
}

impl Ground<'_> {
    async fn serve(&self, ports: Ports) -> Result<(), Error> {
        let supervisor = Supervisor::new();
        supervisor.stop_on_signals()?;
        let served = Box::pin(self.serve_under(&supervisor, ports)).await;
        supervisor.stop(FLUSH).await;
        served?;
        if supervisor.has_failed() {
            Err(Error::TaskDied)
        } else {
            Ok(())
        }
    }

    async fn serve_under(&self, supervisor: &Supervisor, ports: Ports) -> Result<(), Error> {
        let admin_url = format!("http://{}/", ports.admin.local_addr()?);
        let folder = self.settings.data_dir.join("mailbox");
        let config = MailboxConfig {
            smtp: ports.mailbox_smtp,
            http: ports.mailbox,
            dir: folder,
        };
        let mailbox = Mailbox::start(config, supervisor).await?;
        let mailbox_url = format!("http://{}/", mailbox.http_addr());
        let services = self.build_services(&mailbox, supervisor).await?;
        let offers_dir = self.settings.offers_dir.as_ref().unwrap_or(&self.demo.offers_dir);
        let campaigns = offers::apply_all(services.signup.state(), offers_dir).await?;
        let registry = telemetry::registry("leadstream");
        supervisor.register_metrics(&registry)?;
        let links = Links {
            campaigns,
            mailbox_url: &mailbox_url,
            admin_url: &admin_url,
        };
        let start_page = start_page::routes(HttpMetrics::register(&registry)?, &links)?;
        let public = self.public_site(&services, start_page);
        let admin = self.admin_site(&services, registry);
        services.start(supervisor);
        watch(self.engines, supervisor);
        self.announce(&links);
        let servers = Servers {
            public: ports.public,
            admin: ports.admin,
            workers: None,
            drain: Duration::ZERO,
        };
        Ok(web::serve(servers, public, admin, supervisor).await?)
    }

    async fn build_services(&self, mailbox: &Mailbox, supervisor: &Supervisor) -> Result<Services, Error> {
        let databases = Databases::ensure(self.settings, self.engines.postgres.as_ref()).await?;
        let own_relay = SecretString::from(format!("smtp://{}", mailbox.smtp_addr()));
        let around = Surroundings {
            settings: self.settings,
            databases: &databases,
            kafka: &self.engines.kafka,
            smtp_url: self.settings.smtp_url.clone().unwrap_or(own_relay),
            public_url: self.public_url,
            keys: self.keys,
            demo: self.demo,
        };
        let configs = Configs::read(&around)?;
        configs.migrate().await?;
        Services::build(configs, supervisor)
    }

    fn public_site(&self, services: &Services, start_page: Routes) -> PublicSite {
        let mut routes = services.public_routes();
        routes.push(start_page);
        let limited = self.settings.rate_limit.is_on();
        let limits = if limited {
            RateLimits::new(Quotas::default())
        } else {
            RateLimits::off()
        };
        PublicSite {
            routes,
            limits,
            proxies: TrustedProxies::default(),
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
        say("");
        say(format_args!("  Start here   {}", self.public_url));
        say(format_args!("  Mailbox      {}", links.mailbox_url));
        say(format_args!("  Metrics      {}metrics", links.admin_url));
        say(format_args!(
            "  Data         {}",
            self.settings.data_dir.display()
        ));
        say("");
        say("Ctrl-C stops all of it.");
    }
}

/// Stops the program when its engines are gone for good: without Postgres and Kafka it could only refuse.
fn watch(engines: &Arc<EngineRoom>, supervisor: &Supervisor) {
    const NAME: &str = "watch engines";
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
