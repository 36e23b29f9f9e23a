//! Where the relay is and how to get in: `SMTP_URL`.

use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use url::{Host, Url};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How the connection to the relay is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// `smtp://`: not at all, for a relay on the same machine or network.
    None,
    /// `smtp://…?tls=required`: STARTTLS (RFC 3207), or no mail.
    StartTls,
    /// `smtps://`: TLS from the first octet (RFC 8314).
    Implicit,
}

/// A relay. `Debug` shows no login.
#[derive(Clone)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub credentials: Option<Credentials>,
    /// A certificate authority that is trusted besides those of the system.
    pub authority: Option<Certificate>,
    /// The name that EHLO gives.
    pub hello: String,
    /// For the TCP connection alone; the session's steps have the time that is left of a mail's.
    pub connect_timeout: Duration,
}

/// What is wrong with an `SMTP_URL`. Repeats nothing of it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    #[error(
        "must be a URL such as smtp://localhost:25, smtps://user:password@relay.example or smtp://relay.example?tls=required"
    )]
    Url,
    #[error("must name a host")]
    Host,
    #[error("knows no other parameter than tls=required")]
    Parameter,
    #[error("has both smtps:// and tls=required, leave the latter out")]
    Twice,
    #[error("holds no certificate in PEM form")]
    Authority,
    #[error("needs a password with its user name, percent-encoded where it has special characters")]
    Credentials,
}

impl Relay {
    /// Reads an `SMTP_URL`. `hello` is the name that EHLO gives.
    ///
    /// # Errors
    /// [`RelayError`].
    pub fn parse(raw: &str, hello: &str) -> Result<Self, RelayError> {
        let url = Url::parse(raw.trim()).map_err(|_| RelayError::Url)?;
        let encryption = encryption(&url)?;
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(RelayError::Host),
        };
        let default_port = match encryption {
            Encryption::None => 25,
            Encryption::StartTls => 587,
            Encryption::Implicit => 465,
        };
        Ok(Self {
            host,
            port: url.port().unwrap_or(default_port),
            encryption,
            credentials: credentials(&url)?,
            authority: None,
            hello: hello.to_owned(),
            connect_timeout: CONNECT_TIMEOUT,
        })
    }
}

impl Relay {
    /// The same relay, whose certificate may also be signed by this authority (PEM).
    ///
    /// # Errors
    /// [`RelayError::Authority`].
    pub fn trusting(self, pem: &[u8]) -> Result<Self, RelayError> {
        let authority = Certificate::from_pem(pem).map_err(|_| RelayError::Authority)?;
        Ok(Self {
            authority: Some(authority),
            ..self
        })
    }

    /// How its TLS is checked: its name, by the authorities that are trusted.
    ///
    /// # Errors
    /// If the system's authorities cannot be read.
    pub(crate) fn tls(&self) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let parameters = TlsParameters::builder(self.host.clone());
        match &self.authority {
            Some(authority) => parameters.add_root_certificate(authority.clone()).build(),
            None => parameters.build(),
        }
    }
}

fn encryption(url: &Url) -> Result<Encryption, RelayError> {
    let parameters: Vec<_> = url.query_pairs().collect();
    let start_tls = match parameters.as_slice() {
        [] => false,
        [(name, value)] if name == "tls" && value == "required" => true,
        _ => return Err(RelayError::Parameter),
    };
    match (url.scheme(), start_tls) {
        ("smtp", false) => Ok(Encryption::None),
        ("smtp", true) => Ok(Encryption::StartTls),
        ("smtps", false) => Ok(Encryption::Implicit),
        ("smtps", true) => Err(RelayError::Twice),
        _ => Err(RelayError::Url),
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, RelayError> {
    let decode = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        decoded
            .map(|text| text.into_owned())
            .map_err(|_| RelayError::Credentials)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(RelayError::Credentials),
        (user, Some(password)) => Ok(Some(Credentials::new(decode(user)?, decode(password)?))),
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(url: &str) -> Relay {
        Relay::parse(url, "me.example").expect("a relay")
    }

    #[test]
    fn each_kind_of_encryption_has_its_own_port() {
        let read = |url| {
            let relay = relay(url);
            (relay.host, relay.port, relay.encryption)
        };
        assert_eq!(
            read("smtp://127.0.0.1"),
            ("127.0.0.1".to_owned(), 25, Encryption::None)
        );
        assert_eq!(
            read("smtp://[::1]:1025"),
            ("::1".to_owned(), 1025, Encryption::None)
        );
        assert_eq!(
            read("smtp://r.example?tls=required"),
            ("r.example".to_owned(), 587, Encryption::StartTls)
        );
        assert_eq!(
            read("smtps://r.example/"),
            ("r.example".to_owned(), 465, Encryption::Implicit)
        );
    }

    #[test]
    fn a_login_is_percent_decoded_and_never_shown() {
        let relay = relay("smtps://anna%40example.com:p%3A%2F%40%C3%A4@relay.example");
        let expected = Credentials::new("anna@example.com".to_owned(), "p:/@ä".to_owned());
        assert_eq!(relay.credentials, Some(expected));
        assert!(!format!("{relay:?}").contains("anna"));
    }

    #[test]
    fn a_url_that_could_mean_something_else_is_refused() {
        for (url, error) in [
            ("relay.example:25", RelayError::Url),
            ("http://relay.example", RelayError::Url),
            ("smtp:///", RelayError::Host),
            ("smtp://relay.example?tls=opportunistic", RelayError::Parameter),
            ("smtp://relay.example?tls=required&x=1", RelayError::Parameter),
            ("smtps://relay.example?tls=required", RelayError::Twice),
            ("smtp://user@relay.example", RelayError::Credentials),
        ] {
            assert_eq!(Relay::parse(url, "me.example").err(), Some(error), "{url}");
        }
    }
}
