//! One database a service: given by its own setting, or created on the server.
//!
//! On a server that was given, others have databases too: there ours say whose they are. On the own server nobody else
//! has any, and the data of earlier runs is found under the plain names.

use postgres::{DatabaseConfig, PostgresError};
use program::Failure;
use secrecy::SecretString;
use settings::{SettingsError, exit_code};

use crate::config::Given;

/// The addresses of the three databases.
#[derive(Debug)]
pub struct Databases {
    pub signup: SecretString,
    pub enquiry: SecretString,
    pub notification: SecretString,
}

/// A server on which databases can be created.
#[derive(Debug)]
pub struct Server {
    url: SecretString,
    /// Before the name of each database.
    prefix: &'static str,
}

impl Server {
    /// The server of `DATABASE_URL`.
    pub fn given(url: SecretString) -> Self {
        Self {
            url,
            prefix: "leadstream_",
        }
    }

    /// The Postgres that this program runs for itself.
    pub fn own(url: SecretString) -> Self {
        Self { url, prefix: "" }
    }

    async fn ensure(&self, service: &str) -> Result<SecretString, PostgresError> {
        postgres::ensure_database(&self.url, &format!("{}{service}", self.prefix)).await
    }
}

impl Databases {
    /// That every address that was given can be one of Postgres.
    ///
    /// # Errors
    /// Names the setting that cannot.
    pub fn check(given: &Given) -> Result<(), SettingsError> {
        for (setting, url) in [
            ("DATABASE_URL", &given.server),
            ("SIGNUP_DATABASE_URL", &given.signup_database),
            ("ENQUIRY_DATABASE_URL", &given.enquiry_database),
            ("NOTIFICATION_DATABASE_URL", &given.notification_database),
        ] {
            let Some(url) = url else { continue };
            let config = DatabaseConfig {
                url: url.clone(),
                max_connections: 1,
                service: "leadstream",
            };
            postgres::connect_options(&config)
                .map_err(|_| SettingsError::new(setting, "is not a Postgres URL"))?;
        }
        Ok(())
    }

    /// Creates those that are missing on `server`.
    ///
    /// # Errors
    /// Names the service whose database cannot be had.
    pub async fn ensure(given: &Given, server: Option<&Server>) -> Result<Self, Failure> {
        Ok(Self {
            signup: ensure("signup", given.signup_database.as_ref(), server).await?,
            enquiry: ensure("enquiry", given.enquiry_database.as_ref(), server).await?,
            notification: ensure("notification", given.notification_database.as_ref(), server).await?,
        })
    }
}

async fn ensure(
    service: &str,
    given: Option<&SecretString>,
    server: Option<&Server>,
) -> Result<SecretString, Failure> {
    let created = match (given, server) {
        (Some(url), _) => return Ok(url.clone()),
        (None, Some(server)) => server.ensure(service).await,
        (None, None) => Err(PostgresError::Address),
    };
    created.map_err(|error| {
        let code = if error.is_wrong_setting() {
            exit_code::USAGE
        } else {
            exit_code::UNAVAILABLE
        };
        let words = program::with_causes(&error);
        Failure::new(
            code,
            format_args!("The database of {service} cannot be had: {words}"),
        )
    })
}
