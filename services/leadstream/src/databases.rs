//! One database a service: given by its own setting, or created on the server.

use postgres::PostgresError;
use program::Failure;
use secrecy::SecretString;
use settings::exit_code;

use crate::config::Given;

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
    pub async fn ensure(given: &Given, server: Option<&SecretString>) -> Result<Self, Failure> {
        Ok(Self {
            signup: ensure("signup", given.signup_database.as_ref(), server).await?,
            enquiry: ensure("enquiry", given.enquiry_database.as_ref(), server).await?,
            notification: ensure("notification", given.notification_database.as_ref(), server).await?,
        })
    }
}

async fn ensure(
    name: &'static str,
    given: Option<&SecretString>,
    server: Option<&SecretString>,
) -> Result<SecretString, Failure> {
    let created = match (given, server) {
        (Some(url), _) => return Ok(url.clone()),
        (None, Some(server)) => postgres::ensure_database(server, name).await,
        (None, None) => Err(PostgresError::Address),
    };
    created.map_err(|error| {
        let code = match error {
            PostgresError::Address => exit_code::USAGE,
            _ => exit_code::UNAVAILABLE,
        };
        let words = program::with_causes(&error);
        Failure::new(code, format_args!("The database {name} cannot be had: {words}"))
    })
}
