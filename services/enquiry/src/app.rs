//! The service as one value: `main`, the all-in-one and the tests build the same.

use std::sync::Arc;
use std::time::Duration;

use contracts::{Source, topics};
use kafka::KafkaConfig;
use lifecycle::Supervisor;
use outbox::{Publisher, Wake};
use program::Site;
use prometheus::Registry;
use web::{Probe, Routes};

use crate::config::Config;
use crate::consumers::{self, Events};
use crate::error::Error;
use crate::metrics::Metrics;
use crate::state::{Rules, State};
use crate::store::Database;
use crate::{routes, tasks};

/// Whoever waits for an answer gets one within 3 s: this, and some time to write it.
const TRANSACTION: Duration = Duration::from_millis(2_500);

/// What brings a database up to this program.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/enquiry");

/// The service, built but not started.
#[derive(Debug)]
pub struct App {
    config: Config,
    state: State,
}

impl App {
    /// Builds the service. Neither Postgres nor Kafka need be there.
    ///
    /// # Errors
    /// A setting that cannot be used.
    pub fn build(config: Config, supervisor: &Supervisor) -> Result<Self, Error> {
        let rules = Rules {
            subject_key: config.subject_key.clone(),
            table: config.table.clone(),
            republish: config.republish,
        };
        let state = State {
            rules: Arc::new(rules),
            database: Database::new(
                postgres::pool(&config.database)?,
                supervisor.spawner(),
                TRANSACTION,
            ),
            wake: Wake::default(),
            metrics: Metrics::register()?,
        };
        Ok(Self { config, state })
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

    /// Whether questions can be taken: Postgres is there. Kafka need not be.
    #[must_use]
    pub fn ready(&self) -> Probe {
        let database = self.state.database.clone();
        Probe::new("enquiry database", move || {
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

    /// Starts the publisher, the consumer and the tasks.
    pub fn start(&self, supervisor: &Supervisor) {
        let _span = telemetry::service_span(Source::Enquiry.service()).entered();
        let (state, stop) = (&self.state, supervisor.token());
        let publisher = Publisher::new(
            self.config.database.clone(),
            self.config.kafka.clone(),
            Source::Enquiry,
            state.metrics.outbox.clone(),
            state.wake.clone(),
        );
        supervisor.spawn("enquiry: publish events", publisher.run(stop.clone()));
        let topics = kafka::report_missing_topics(self.config.kafka.clone(), stop.clone());
        supervisor.spawn("enquiry: check topics", topics);
        let consumer = kafka::consume(
            self.config.kafka.clone(),
            consumers::SPEC,
            Arc::new(Events::new(state.clone())),
            state.metrics.consumers.clone(),
            stop.clone(),
        );
        supervisor.spawn(consumers::NAME, consumer);
        let republish = tasks::republish_owed::run(state.clone(), stop.clone());
        supervisor.spawn(tasks::republish_owed::NAME, republish);
        supervisor.spawn(
            tasks::forget_expired::NAME,
            tasks::forget_expired::run(state.clone(), stop),
        );
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
