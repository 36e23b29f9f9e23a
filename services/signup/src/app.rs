//! The service as one value: `main`, the all-in-one and the tests build the same.

use std::sync::Arc;

use contracts::{Source, topics};
use kafka::{ConsumerMetrics, KafkaConfig};
use lifecycle::{CancellationToken, Supervisor};
use outbox::{OutboxMetrics, Publisher, Wake};
use prometheus::Registry;
use web::{HttpMetrics, Probe, Routes};

use crate::config::Config;
use crate::consumers::{self, Events};
use crate::domain::links::Links;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::state::{Rules, State};
use crate::store::campaign_cache::CampaignCache;
use crate::store::database::Database;
use crate::store::signup_writer::{SignupWriter, WriterConfig};
use crate::{routes, tasks};

/// What brings a database up to this program.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/signup");

const SERVICE: &str = Source::Signup.service();

/// The service, built but not started.
#[derive(Debug)]
pub struct App {
    config: Config,
    state: State,
    writer: SignupWriter,
    registry: Registry,
    http: HttpMetrics,
    outbox: OutboxMetrics,
    consumers: ConsumerMetrics,
}

impl App {
    /// Builds the service. Neither Postgres nor Kafka need be there.
    ///
    /// # Errors
    /// A setting that cannot be used.
    pub fn build(config: Config, supervisor: &Supervisor) -> Result<Self, Error> {
        let registry = telemetry::registry(SERVICE);
        let metrics = Metrics::register(&registry)?;
        let wake = Wake::default();
        let writer = WriterConfig {
            database: config.database.clone(),
            limits: config.queue,
            republish_after: config.republish.first,
        };
        let (signups, writer) = SignupWriter::new(writer, metrics.clone(), wake.clone());
        let state = State {
            rules: Arc::new(rules(&config)),
            database: Database::new(postgres::pool(&config.database)?, supervisor.spawner()),
            campaigns: CampaignCache::new(),
            signups,
            wake,
            metrics,
        };
        Ok(Self {
            http: HttpMetrics::register(&registry)?,
            outbox: OutboxMetrics::register(&registry)?,
            consumers: ConsumerMetrics::register(&registry)?,
            config,
            state,
            writer,
            registry,
        })
    }

    /// What commands work with.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The public port.
    #[must_use]
    pub fn public_routes(&self) -> Routes {
        routes::public(self.state.clone(), self.http.clone())
    }

    /// The admin port.
    #[must_use]
    pub fn admin_routes(&self) -> Routes {
        routes::admin(self.state.clone())
    }

    /// The metrics.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Whether signups can be taken: Postgres is there. Kafka need not be.
    #[must_use]
    pub fn ready(&self) -> Probe {
        let pool = self.state.database.pool().clone();
        Probe::new("signup database", move || {
            let pool = pool.clone();
            async move { postgres::ping(&pool).await }
        })
    }

    /// Starts the writer, the publisher, the consumer and the tasks. Once an app.
    pub fn start(self, supervisor: &Supervisor) {
        let _span = tracing::info_span!("background", service = SERVICE).entered();
        let stop = supervisor.token();
        supervisor.spawn("write signups", self.writer.run_on_own_thread(stop.clone()));
        let publisher = Publisher::new(
            self.config.database,
            self.config.kafka.clone(),
            Source::Signup,
            self.outbox,
            self.state.wake.clone(),
        );
        supervisor.spawn("publish signup events", publisher.run(stop.clone()));
        supervisor.spawn(
            "check topics",
            check_topics(self.config.kafka.clone(), stop.clone()),
        );
        let consumer = kafka::consume(
            self.config.kafka,
            consumers::SPEC,
            Arc::new(Events::new(self.state.clone())),
            self.consumers,
            stop,
        );
        supervisor.spawn(consumers::NAME, consumer);
        tasks::start(&self.state, supervisor);
    }
}

/// Says which topics are missing. The service works without them: what it tells waits in the outbox.
async fn check_topics(kafka: KafkaConfig, stop: CancellationToken) {
    let wanted = topics::all();
    let missing = tokio::select! {
        missing = kafka::check_topics(&kafka, &wanted) => missing,
        () = stop.cancelled() => return,
    };
    match missing {
        Ok(missing) if missing.is_empty() => {}
        Ok(missing) => tracing::warn!(
            ?missing,
            "topics are missing: run migrate with KAFKA_CREATE_TOPICS=true"
        ),
        Err(error) => tracing::warn!(%error, "the topics cannot be checked"),
    }
}

fn rules(config: &Config) -> Rules {
    Rules {
        subject_key: config.subject_key.clone(),
        links: Links::new(&config.public_url, config.link_keys.clone()),
        public_url: config.public_url.clone(),
        contact_url: config.contact_url.clone(),
        republish: config.republish,
    }
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
