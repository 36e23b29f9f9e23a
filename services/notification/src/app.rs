//! The service as one value: `main`, the all-in-one and the tests build the same.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use contracts::{Source, topics};
use kafka::{ConsumerSpec, Handler, KafkaConfig};
use lifecycle::{CancellationToken, Supervisor};
use outbox::{Publisher, Wake};
use program::Site;
use prometheus::Registry;
use web::{Probe, Routes};

use crate::commands::compose_mail::Workshop;
use crate::commands::find_offer_mail::OfferMails;
use crate::config::{Config, LmtpConfig};
use crate::consumers::offer_versions::{self, Offers};
use crate::consumers::{self, Requests};
use crate::error::Error;
use crate::lmtp;
use crate::mail::render::Templates;
use crate::metrics::Metrics;
use crate::routes;
use crate::state::{BounceRules, Rules, State, Subscription};
use crate::store::Database;
use crate::tasks::claim_due::{self, Office};
use crate::tasks::deliver_due::{self, Sender};
use crate::tasks::passages::Passages;
use crate::tasks::relays::Relays;
use crate::tasks::{forget_old, hang_up_idle, measure_backlog, record_attempts};

/// More than a batch of events needs, less than what makes a consumer's group give up on its member.
const TRANSACTION: Duration = Duration::from_secs(4);

/// What brings a database up to this program.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/notification");

/// The service, built but not started.
#[derive(Debug)]
pub struct App {
    config: Config,
    state: State,
    workshop: Workshop,
    lmtp: Option<lmtp::Server>,
}

impl App {
    /// Builds the service. Neither Postgres nor Kafka nor the relay need be there.
    ///
    /// # Errors
    /// A setting that cannot be used.
    pub fn build(config: Config, supervisor: &Supervisor) -> Result<Self, Error> {
        let rules = Rules {
            subject_key: config.subject_key.clone(),
            retention: config.retention,
            bounces: BounceRules {
                key: config.sender.bounce_key.clone(),
                domain: config.sender.domain.clone(),
                providers: config.providers.clone(),
            },
        };
        let database = Database::new(
            postgres::pool(&config.database)?,
            supervisor.spawner(),
            TRANSACTION,
        );
        let workshop = Workshop {
            sender: Arc::new(config.sender.clone()),
            signer: config.signer.clone(),
            templates: Arc::new(Templates::compile()?),
            offers: OfferMails::new(database.clone()),
        };
        let state = State {
            rules: Arc::new(rules),
            database,
            wake: Wake::default(),
            senders: Arc::default(),
            subscription: Subscription::default(),
            metrics: Metrics::register()?,
        };
        Ok(Self {
            lmtp: config.lmtp.as_ref().map(listen).transpose()?,
            config,
            state,
            workshop,
        })
    }

    /// Where bounces are delivered by LMTP, if they are.
    #[must_use]
    pub fn lmtp_address(&self) -> Option<SocketAddr> {
        self.lmtp.as_ref().map(lmtp::Server::address)
    }

    /// What commands work with.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Where Kafka is.
    #[must_use]
    pub fn kafka(&self) -> &KafkaConfig {
        &self.config.kafka
    }

    /// The public port.
    #[must_use]
    pub fn public_routes(&self) -> Routes {
        routes::public(self.state.clone())
    }

    /// The admin port.
    #[must_use]
    pub fn admin_routes(&self) -> Routes {
        routes::admin(self.state.clone())
    }

    /// The metrics.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.state.metrics.registry()
    }

    /// Whether mails can be taken care of: Postgres is there. Neither Kafka nor the relay need be.
    #[must_use]
    pub fn ready(&self) -> Probe {
        let database = self.state.database.clone();
        Probe::new("notification database", move || {
            let database = database.clone();
            async move { database.is_ready().await }
        })
    }

    /// The service as its two ports show it.
    #[must_use]
    pub fn site(&self) -> Site {
        Site {
            public: self.public_routes(),
            admin: self.admin_routes(),
            registry: self.registry(),
            probe: self.ready(),
        }
    }

    /// Starts the publisher, the consumers, the senders and the other tasks.
    pub fn start(&self, supervisor: &Supervisor) {
        let _span = telemetry::service_span(Source::Notification.service()).entered();
        let (config, state, stop) = (&self.config, &self.state, supervisor.token());
        let publisher = Publisher::new(
            config.database.clone(),
            config.kafka.clone(),
            Source::Notification,
            state.metrics.outbox.clone(),
            state.wake.clone(),
        );
        supervisor.spawn("notification: publish events", publisher.run(stop.clone()));
        let requests = self.consumer(consumers::SPEC, Requests::new(state.clone()), stop.clone());
        supervisor.spawn(consumers::NAME, requests);
        let offers = self.consumer(offer_versions::SPEC, Offers::new(state.clone()), stop.clone());
        supervisor.spawn(offer_versions::NAME, offers);
        let topics = kafka::report_missing_topics(config.kafka.clone(), stop.clone());
        supervisor.spawn("notification: check topics", topics);
        self.start_senders(supervisor);
        if let Some(server) = &self.lmtp {
            let serve = server.run(state.clone(), supervisor.spawner(), stop.clone());
            supervisor.spawn(lmtp::NAME, serve);
        }
        supervisor.spawn(
            measure_backlog::NAME,
            measure_backlog::run(state.clone(), stop.clone()),
        );
        supervisor.spawn(forget_old::NAME, forget_old::run(state.clone(), stop));
    }

    fn consumer<H: Handler>(
        &self,
        spec: ConsumerSpec,
        handler: H,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<H> {
        let (kafka, metrics) = (self.config.kafka.clone(), self.state.metrics.consumers.clone());
        kafka::consume(kafka, spec, Arc::new(handler), metrics, stop)
    }

    /// A stop ends them in this order, each by the end of the one before: claims, workers, recorder.
    fn start_senders(&self, supervisor: &Supervisor) {
        let (config, state) = (&self.config, &self.state);
        if config.sender.redirect_to.is_some() {
            state.metrics.redirected.set(1);
            tracing::warn!("MAIL_REDIRECT_TO is set: every mail goes there, and none to whom it is for");
        }
        let rules = deliver_due::Rules {
            timeout: config.send_timeout,
            retry: config.retry,
        };
        let metrics = &state.metrics.relays;
        let relays = Relays::new(&config.relays, config.send_timeout, metrics.clone());
        let workers = config.connections();
        let (recorder, inbox) = record_attempts::recorder();
        let (claims, idle) = claim_due::claims(workers);
        let office = Office {
            state: state.clone(),
            database: config.database.clone(),
            rules,
            workers,
            relays: relays.clone(),
            passages: Passages::new(workers, metrics.clone()),
            recorder: recorder.clone(),
        };
        supervisor.spawn(claim_due::NAME, claim_due::run(office, idle, supervisor.token()));
        let hang_up = hang_up_idle::run(relays.clone(), supervisor.token());
        supervisor.spawn(hang_up_idle::NAME, hang_up);
        let sender = Sender {
            state: state.clone(),
            rules,
            workshop: self.workshop.clone(),
            relays,
            claims,
            recorder,
        };
        for _ in 0..workers {
            supervisor.spawn(
                deliver_due::NAME,
                deliver_due::run(sender.clone(), supervisor.token()),
            );
        }
        let record = record_attempts::run(state.clone(), config.database.clone(), inbox);
        supervisor.spawn(record_attempts::NAME, record);
    }
}

fn listen(config: &LmtpConfig) -> Result<lmtp::Server, Error> {
    let listener = web::bind("LMTP_LISTEN", config.listen)?;
    lmtp::Server::new(listener, config.silence).map_err(Error::Listen)
}

/// Brings the database up to this program and, where it is told to, makes the topics that are missing.
///
/// # Errors
/// Postgres or Kafka cannot be reached, or refuse.
pub async fn migrate(config: &Config) -> Result<(), Error> {
    postgres::migrate(&config.database, &MIGRATOR).await?;
    if config.create_topics {
        kafka::create_topics(&config.kafka, &topics::all()).await?;
    }
    Ok(())
}
