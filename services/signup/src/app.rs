//! The service as one value: `main`, the all-in-one and the tests build the same.

use std::sync::Arc;
use std::time::Duration;

use contracts::{Source, topics};
use kafka::KafkaConfig;
use lifecycle::Supervisor;
use outbox::{Publisher, Wake};
use postgres::ServerClock;
use program::Site;
use prometheus::Registry;
use web::{Probe, Routes};

use crate::config::Config;
use crate::consumers::{self, Events};
use crate::domain::links::Links;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::state::{Rules, State};
use crate::store::Database;
use crate::store::campaign_cache::CampaignCache;
use crate::store::signup_writer::{SignupWriter, WriterConfig};
use crate::{routes, tasks};

/// What brings a database up to this program.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/signup");

/// Whoever waits for an answer gets one within 3 s: this, and some time to write it.
const TRANSACTION: Duration = Duration::from_millis(2_500);
/// What a timer, a consumer or an operator does may take longer, but not for ever.
const BACKGROUND_TRANSACTION: Duration = Duration::from_secs(30);

/// The service, built but not started.
#[derive(Debug)]
pub struct App {
    config: Config,
    state: State,
    writer: SignupWriter,
}

impl App {
    /// Builds the service. Neither Postgres nor Kafka need be there.
    ///
    /// # Errors
    /// A setting that cannot be used.
    pub fn build(config: Config, supervisor: &Supervisor) -> Result<Self, Error> {
        let metrics = Metrics::register()?;
        let wake = Wake::default();
        let writer = WriterConfig {
            database: config.database.clone(),
            limits: config.queue,
            republish_after: config.republish.first,
        };
        let (signups, writer) = SignupWriter::new(writer, metrics.clone(), wake.clone());
        let pool = postgres::pool(&config.database)?;
        let state = State {
            rules: Arc::new(rules(&config)),
            database: Database::new(pool.clone(), supervisor.spawner(), TRANSACTION),
            background: Database::new(pool, supervisor.spawner(), BACKGROUND_TRANSACTION),
            clock: ServerClock::default(),
            spawner: supervisor.spawner(),
            campaigns: CampaignCache::new(),
            signups,
            wake,
            metrics,
        };
        Ok(Self {
            config,
            state,
            writer,
        })
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

    /// Whether signups can be taken: Postgres is there. Kafka need not be.
    #[must_use]
    pub fn ready(&self) -> Probe {
        let database = self.state.database.clone();
        Probe::new("signup database", move || {
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

    /// Starts the writer, the publisher, the consumer and the tasks. Once an app.
    pub fn start(self, supervisor: &Supervisor) {
        let _span = telemetry::service_span(Source::Signup.service()).entered();
        let stop = supervisor.token();
        supervisor.spawn(
            "signup: write signups",
            self.writer.run_on_own_thread(stop.clone()),
        );
        let publisher = Publisher::new(
            self.config.database,
            self.config.kafka.clone(),
            Source::Signup,
            self.state.metrics.outbox.clone(),
            self.state.wake.clone(),
        );
        supervisor.spawn("signup: publish events", publisher.run(stop.clone()));
        let topics = kafka::report_missing_topics(self.config.kafka.clone(), stop.clone());
        supervisor.spawn("signup: check topics", topics);
        let consumer = kafka::consume(
            self.config.kafka,
            consumers::SPEC,
            Arc::new(Events::new(self.state.clone())),
            self.state.metrics.consumers.clone(),
            stop,
        );
        supervisor.spawn(consumers::NAME, consumer);
        tasks::start(&self.state, supervisor);
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
