//! The three services in one process: each is built as its own program would build it, from the same settings.

use std::path::Path;
use std::time::Duration;

use clap::{Args, Parser};
use lifecycle::Supervisor;
use program::Failure;
use prometheus::Registry;
use secrecy::{ExposeSecret, SecretString};
use settings::SettingsError;
use tokio::time::{Instant, sleep};
use url::Url;
use web::{Probe, Routes};

use crate::config::{Given, Settings};
use crate::databases::Databases;
use crate::demo::Demo;
use crate::keys::Keys;
use crate::offers;

/// A consumer group's first start takes about two seconds.
const CONSUMERS_TIME: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// The services, built but not started.
#[derive(Debug)]
pub struct Services {
    pub signup: signup::app::App,
    enquiry: enquiry::app::App,
    notification: notification::app::App,
}

/// What the all-in-one knows that a service must be told.
#[derive(Debug)]
pub struct Surroundings<'a> {
    pub settings: &'a Settings,
    pub databases: &'a Databases,
    pub kafka: &'a str,
    pub smtp_url: SecretString,
    pub public_url: &'a Url,
    pub keys: &'a Keys,
    pub routes_file: &'a Path,
}

/// Checks the settings of all services and the offers, before any port opens and any file is made. What the engines
/// will decide is filled in with addresses of no worth.
///
/// # Errors
/// The first setting that is wrong, by name, or all that is wrong with an offer or the routes.
pub fn check(settings: &Settings, given: &Given, public_url: &Url) -> Result<(), Failure> {
    Databases::check(given)?;
    let nowhere = || SecretString::from("postgres://127.0.0.1/none");
    let databases = Databases {
        signup: nowhere(),
        enquiry: nowhere(),
        notification: nowhere(),
    };
    let keys = Keys::to_check_by(given);
    let demo = Demo::below(&settings.data_dir);
    let routes_file = settings
        .routes_file
        .clone()
        .or(Some(demo.routes_file).filter(|file| file.exists()));
    let around = Surroundings {
        settings,
        databases: &databases,
        kafka: "127.0.0.1:9092",
        smtp_url: given
            .smtp_url
            .clone()
            .unwrap_or_else(|| SecretString::from("smtp://127.0.0.1:1025")),
        public_url,
        keys: &keys,
        routes_file: routes_file.as_deref().unwrap_or(Path::new("")),
    };
    around
        .settings_of::<signup::config::Settings>(around.signup())?
        .resolve()?;
    around
        .settings_of::<notification::config::Settings>(around.notification())?
        .resolve()?;
    if routes_file.is_some() {
        around
            .settings_of::<enquiry::config::Settings>(around.enquiry())?
            .resolve()?;
    }
    settings
        .offers_dir
        .as_deref()
        .map_or(Ok(()), |folder| offers::read_all(folder).map(|_| ()))
}

/// What the services are told.
#[derive(Debug)]
pub struct Configs {
    signup: signup::config::Config,
    enquiry: enquiry::config::Config,
    notification: notification::config::Config,
}

impl Configs {
    /// Reads and checks the settings of all services.
    ///
    /// # Errors
    /// The first setting that is wrong, by name.
    pub fn read(around: &Surroundings<'_>) -> Result<Self, Failure> {
        Ok(Self {
            signup: around
                .settings_of::<signup::config::Settings>(around.signup())?
                .resolve()?,
            enquiry: around
                .settings_of::<enquiry::config::Settings>(around.enquiry())?
                .resolve()?,
            notification: around
                .settings_of::<notification::config::Settings>(around.notification())?
                .resolve()?,
        })
    }

    /// Brings the databases and topics up to this program.
    ///
    /// # Errors
    /// The first service whose database or topics cannot be had.
    pub async fn migrate(&self) -> Result<(), Failure> {
        signup::app::migrate(&self.signup).await?;
        enquiry::app::migrate(&self.enquiry).await?;
        notification::app::migrate(&self.notification).await?;
        Ok(())
    }
}

impl Services {
    /// Builds the services. Neither Postgres nor Kafka need be there.
    ///
    /// # Errors
    /// The first service that cannot be built, and why.
    pub fn build(configs: Configs, supervisor: &Supervisor) -> Result<Self, Failure> {
        Ok(Self {
            signup: signup::app::App::build(configs.signup, supervisor)?,
            enquiry: enquiry::app::App::build(configs.enquiry, supervisor)?,
            notification: notification::app::App::build(configs.notification, supervisor)?,
        })
    }

    /// Route tables of the public port, the service of most paths last.
    pub fn public_routes(&self) -> Vec<Routes> {
        vec![
            self.enquiry.public_routes(),
            self.notification.public_routes(),
            self.signup.public_routes(),
        ]
    }

    /// Route tables of the admin port.
    pub fn admin_routes(&self) -> Vec<Routes> {
        vec![
            self.enquiry.admin_routes(),
            self.notification.admin_routes(),
            self.signup.admin_routes(),
        ]
    }

    /// Metrics of all services.
    pub fn registries(&self) -> Vec<Registry> {
        vec![
            self.signup.registry(),
            self.enquiry.registry(),
            self.notification.registry(),
        ]
    }

    /// Without which no work can be taken.
    pub fn probes(&self) -> Vec<Probe> {
        vec![
            self.signup.ready(),
            self.enquiry.ready(),
            self.notification.ready(),
        ]
    }

    /// Starts writers, publishers, consumers, senders and tasks.
    pub fn start(self, supervisor: &Supervisor) {
        self.notification.start(supervisor);
        self.enquiry.start(supervisor);
        self.signup.start(supervisor);
    }
}

/// Waits until every service reads its topics: the first mail would wait for that. Not for long, since Kafka may be away
/// and requests are taken all the same.
pub async fn await_consumers(registries: &[Registry]) {
    let reads = |registry: &Registry| {
        let families = registry.gather();
        let family = families
            .iter()
            .find(|family| family.name() == "leadstream_consumer_rebalances_total");
        family.is_some_and(|family| {
            family
                .get_metric()
                .iter()
                .any(|metric| metric.get_counter().get_value() > 0.0)
        })
    };
    let deadline = Instant::now() + CONSUMERS_TIME;
    while Instant::now() < deadline && !registries.iter().all(reads) {
        sleep(LOOK).await;
    }
}

/// A service's settings alone, as a command line: whatever is not told here comes from the environment or has the
/// same default as in the service's own program.
#[derive(Parser)]
struct Only<S: Args> {
    #[command(flatten)]
    settings: S,
}

impl Surroundings<'_> {
    fn settings_of<S: Args>(&self, told: Vec<(&'static str, String)>) -> Result<S, Failure> {
        let words = told.into_iter().map(|(name, value)| format!("--{name}={value}"));
        let line = std::iter::once("leadstream".to_owned()).chain(words);
        let parsed = Only::<S>::try_parse_from(line);
        Ok(parsed
            .map_err(|error| SettingsError::new("A setting of a service", error.to_string().trim()))?
            .settings)
    }

    fn shared(&self, database: &SecretString) -> Vec<(&'static str, String)> {
        vec![
            ("database-url", database.expose_secret().to_owned()),
            ("kafka-bootstrap-servers", self.kafka.to_owned()),
            (
                "kafka-create-topics",
                self.settings.kafka_create_topics.to_string(),
            ),
            ("subject-key", self.keys.subject_key.expose_secret().to_owned()),
            // The files of secrets that were told already: blank, so that the environment does not tell them twice.
            ("database-url-file", String::new()),
            ("subject-key-file", String::new()),
        ]
    }

    fn signup(&self) -> Vec<(&'static str, String)> {
        let mut told = self.shared(&self.databases.signup);
        told.push(("public-url", self.public_url.to_string()));
        told.push(("link-keys", self.keys.link_keys.expose_secret().to_owned()));
        told.push(("link-keys-file", String::new()));
        told
    }

    fn enquiry(&self) -> Vec<(&'static str, String)> {
        let mut told = self.shared(&self.databases.enquiry);
        told.push(("routes-file", self.routes_file.display().to_string()));
        told
    }

    fn notification(&self) -> Vec<(&'static str, String)> {
        let mut told = self.shared(&self.databases.notification);
        told.push(("smtp-url", self.smtp_url.expose_secret().to_owned()));
        told.push(("bounce-key", self.keys.bounce_key.expose_secret().to_owned()));
        told.push(("smtp-url-file", String::new()));
        told.push(("bounce-key-file", String::new()));
        told.push(("mail-from", self.settings.mail_from.clone()));
        told.push(("mail-domain", self.settings.mail_domain.clone()));
        told
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn built(supervisor: &Supervisor) -> Services {
        let settings = Only::<Settings>::parse_from(["leadstream"]).settings;
        let nowhere = || SecretString::from("postgres://nobody@127.0.0.1:1/none");
        let databases = Databases {
            signup: nowhere(),
            enquiry: nowhere(),
            notification: nowhere(),
        };
        let key = || SecretString::from("ab".repeat(32));
        let keys = Keys {
            subject_key: key(),
            link_keys: SecretString::from(format!("1:{}", "ab".repeat(32))),
            bounce_key: key(),
            admin_token: key(),
        };
        let routes_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/routes.toml");
        let around = Surroundings {
            settings: &settings,
            databases: &databases,
            kafka: "127.0.0.1:1",
            smtp_url: SecretString::from("smtp://127.0.0.1:1"),
            public_url: &settings.public_url().expect("a URL"),
            keys: &keys,
            routes_file: &routes_file,
        };
        Services::build(Configs::read(&around).expect("right settings"), supervisor).expect("built")
    }

    /// Which service the one ingress sends a path to.
    fn owner(path: &str) -> &'static str {
        let below = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
        if below(&[
            "/contact",
            "/v1/enquiries",
            "/v1/openapi/enquiry.json",
            "/static/enquiry/",
        ]) {
            return "enquiry";
        }
        if below(&["/v1/bounces", "/v1/openapi/notification.json"]) {
            "notification"
        } else {
            "signup"
        }
    }

    #[tokio::test]
    async fn every_public_path_belongs_to_one_service_by_its_prefix() {
        let services = built(&Supervisor::new());
        let tables = [
            ("signup", services.signup.public_routes()),
            ("enquiry", services.enquiry.public_routes()),
            ("notification", services.notification.public_routes()),
        ];
        for (service, routes) in &tables {
            assert!(routes.paths().count() > 0, "{service} has public paths");
            for (_, path) in routes.paths() {
                assert_eq!(owner(path), *service, "{path}");
                assert_ne!(path, "/", "the start page is the all-in-one's own");
            }
        }
    }
}
