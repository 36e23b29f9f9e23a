//! One database a service: given by its own setting, or created on the server.

use secrecy::SecretString;

use crate::config::Settings;
use crate::error::Error;

/// The addresses of the three databases.
#[derive(Debug)]
pub struct Databases {
    pub signup: SecretString,
    pub enquiry: SecretString,
    pub notification: SecretString,
}

impl Databases {
    /// Creates those that are missing on `server`.
    ///
    /// # Errors
    /// Names the database that cannot be had.
    pub async fn ensure(settings: &Settings, server: Option<&SecretString>) -> Result<Self, Error> {
        Ok(Self {
            signup: ensure("signup", settings.signup_database_url.as_ref(), server).await?,
            enquiry: ensure("enquiry", settings.enquiry_database_url.as_ref(), server).await?,
            notification: ensure(
                "notification",
                settings.notification_database_url.as_ref(),
                server,
            )
            .await?,
        })
    }
}

async fn ensure(
    name: &'static str,
    given: Option<&SecretString>,
    server: Option<&SecretString>,
) -> Result<SecretString, Error> {
    match (given, server) {
        (Some(url), _) => Ok(url.clone()),
        (None, Some(server)) => {
            let created = postgres::ensure_database(server, name).await;
            created.map_err(|source| Error::Database { name, source })
        }
        (None, None) => Err(Error::Database {
            name,
            source: postgres::PostgresError::Address,
        }),
    }
}
