//! The three services in one process: each is built as its own program would build it, from the same settings.

use clap::{Args, Parser};
use lifecycle::Supervisor;
use prometheus::Registry;
use secrecy::{ExposeSecret, SecretString};
use settings::SettingsError;
use url::Url;
use web::{Probe, Routes};

use crate::config::Settings;
use crate::databases::Databases;
use crate::demo::Demo;
use crate::error::Error;
use crate::keys::Keys;

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
    pub demo: &'a Demo,
}

impl Services {
    /// Brings the databases and topics up to this program, and builds the services.
    ///
    /// # Errors
    /// The first service that cannot be built, and why.
    pub async fn build(around: &Surroundings<'_>, supervisor: &Supervisor) -> Result<Self, Error> {
        let signup = around
            .settings_of::<signup::config::Settings>(around.signup())?
            .resolve()?;
        let enquiry = around
            .settings_of::<enquiry::config::Settings>(around.enquiry())?
            .resolve()?;
        let notification = around
            .settings_of::<notification::config::Settings>(around.notification())?
            .resolve()?;
        signup::app::migrate(&signup).await?;
        enquiry::app::migrate(&enquiry).await?;
        notification::app::migrate(&notification).await?;
        Ok(Self {
            signup: signup::app::App::build(signup, supervisor)?,
            enquiry: enquiry::app::App::build(enquiry, supervisor)?,
            notification: notification::app::App::build(notification, supervisor)?,
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

/// A service's settings alone, as a command line: whatever is not told here comes from the environment or has the
/// same default as in the service's own program.
#[derive(Parser)]
struct Only<S: Args> {
    #[command(flatten)]
    settings: S,
}

impl Surroundings<'_> {
    fn settings_of<S: Args>(&self, told: Vec<(&'static str, String)>) -> Result<S, Error> {
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
        ]
    }

    fn signup(&self) -> Vec<(&'static str, String)> {
        let mut told = self.shared(&self.databases.signup);
        told.push(("public-url", self.public_url.to_string()));
        told.push(("link-keys", self.keys.link_keys.expose_secret().to_owned()));
        told
    }

    fn enquiry(&self) -> Vec<(&'static str, String)> {
        let mut told = self.shared(&self.databases.enquiry);
        let routes = self
            .settings
            .routes_file
            .as_ref()
            .unwrap_or(&self.demo.routes_file);
        told.push(("routes-file", routes.display().to_string()));
        told
    }

    fn notification(&self) -> Vec<(&'static str, String)> {
        let mut told = self.shared(&self.databases.notification);
        told.push(("smtp-url", self.smtp_url.expose_secret().to_owned()));
        told.push(("bounce-key", self.keys.bounce_key.expose_secret().to_owned()));
        told.push(("mail-from", self.settings.mail_from.clone()));
        told.push(("mail-domain", self.settings.mail_domain.clone()));
        told
    }
}
