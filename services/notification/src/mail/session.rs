//! An SMTP session with a relay: reached, encrypted and logged in as its settings say.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Ehlo, Quit, Starttls};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::mail::compose::Mail;
use crate::mail::relay::{Encryption, Relay};
use crate::mail::tls::TlsConnection;
use crate::mail::wire::Wire;

const LOGINS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// A polite goodbye is not worth more than this.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);
const END_OF_MAIL: &[u8] = b"\r\n.\r\n";

/// Open, and between two commands. After an error it may only be dropped.
pub(crate) struct Session {
    smtp: AsyncSmtpConnection,
    wire: Wire,
    /// The biggest mail that the relay takes, in octets, if it says so (RFC 1870).
    pub(crate) size_limit: Option<usize>,
    /// Whether the relay takes commands before it has answered the ones before (RFC 2920).
    is_pipelining: bool,
    /// Whether the relay would encrypt what goes unencrypted now.
    pub(crate) offers_starttls: bool,
    /// The relay's own, in DER, of an encrypted session.
    pub(crate) certificate: Option<Vec<u8>>,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("it cannot be reached: {0}")]
    Unreachable(io::Error),
    #[error("it does not offer STARTTLS")]
    NoStartTls,
    #[error("TLS fails: {0}")]
    Tls(io::Error),
    #[error("it refuses: {0}")]
    Refused(#[from] SmtpError),
}

impl Session {
    /// Connects with TCP_NODELAY.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) async fn open(relay: &Relay) -> Result<Self, OpenError> {
        let hello = ClientId::Domain(relay.hello.clone());
        let (wire, certificate) = reach(relay, &hello).await?;
        let mut smtp = AsyncSmtpConnection::connect_with_transport(Box::new(wire.clone()), &hello).await?;
        let offers_starttls = certificate.is_none() && smtp.can_starttls();
        if let Some(credentials) = &relay.credentials {
            smtp.auth(&LOGINS, credentials).await?;
        }
        // lettre does not keep what EHLO says about sizes; RFC 5321 §4.1.4 allows to ask again.
        let greeting = smtp.command(Ehlo::new(hello)).await?;
        let size_limit = greeting.message().find_map(size_limit);
        let is_pipelining = greeting
            .message()
            .any(|line| line.trim().eq_ignore_ascii_case("PIPELINING"));
        Ok(Self {
            smtp,
            wire,
            size_limit,
            is_pipelining,
            offers_starttls,
            certificate,
        })
    }

    /// Says commands ahead of their replies, with one write, where the relay takes that: it spares a mail two of its four
    /// round trips. [`Session::reply_to`] each of them has to be asked for in turn.
    ///
    /// # Errors
    /// As [`Session::send`].
    pub(crate) async fn say_ahead(&mut self, commands: &[String]) -> Result<(), Option<SmtpError>> {
        if !self.is_pipelining {
            return Ok(());
        }
        let commands = commands.concat();
        match self.wire.write_all(&[commands.as_bytes()]).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.last_words().await),
        }
    }

    /// The reply to a command, which is said now if it was not said ahead.
    ///
    /// # Errors
    /// A 4xx or 5xx, an answer that makes no sense, or none.
    pub(crate) async fn reply_to(&mut self, command: &str) -> Result<Response, SmtpError> {
        if self.is_pipelining {
            self.smtp.read_response().await
        } else {
            self.smtp.command(command).await
        }
    }

    /// Says goodbye; the relay need not answer.
    pub(crate) async fn quit(mut self) {
        let _ = timeout(QUIT_TIMEOUT, self.smtp.command(Quit)).await;
    }

    /// Sends the mail itself, after a 354.
    ///
    /// # Errors
    /// The relay's 4xx or 5xx; nothing of it where the connection broke or makes no sense.
    pub(crate) async fn send(&mut self, mail: &Mail) -> Result<Response, Option<SmtpError>> {
        let pieces = mail.stuffed();
        let mut pieces: Vec<&[u8]> = pieces.iter().map(Cow::as_ref).collect();
        pieces.push(END_OF_MAIL);
        match self.wire.write_all(&pieces).await {
            Ok(()) => Ok(self.smtp.read_response().await?),
            Err(_) => Err(self.last_words().await),
        }
    }

    /// Of a relay that hung up: it may have said why.
    async fn last_words(&mut self) -> Option<SmtpError> {
        self.smtp.read_response().await.err()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

/// The stream on which the session begins, and the relay's certificate where it is encrypted.
async fn reach(relay: &Relay, hello: &ClientId) -> Result<(Wire, Option<Vec<u8>>), OpenError> {
    let connecting = TcpStream::connect((relay.host.as_str(), relay.port));
    let plain = timeout(relay.connect_timeout, connecting)
        .await
        .map_err(|_| OpenError::Unreachable(io::ErrorKind::TimedOut.into()))?
        .map_err(OpenError::Unreachable)?;
    plain.set_nodelay(true).map_err(OpenError::Unreachable)?;
    let plain = Wire::new(plain);
    match relay.encryption {
        Encryption::None => Ok((plain, None)),
        Encryption::Implicit => {
            let encrypted = encrypt(plain, relay.tls()?).await?;
            let certificate = encrypted.certificate();
            Ok((Wire::new(encrypted), certificate))
        }
        Encryption::StartTls => {
            let mut clear =
                AsyncSmtpConnection::connect_with_transport(Box::new(plain.clone()), hello).await?;
            if !clear.can_starttls() {
                return Err(OpenError::NoStartTls);
            }
            clear.command(Starttls).await?;
            // With it goes all that came unencrypted after the reply: it could be anybody's.
            drop(clear);
            let encrypted = encrypt(plain, relay.tls()?).await?;
            let certificate = encrypted.certificate();
            Ok((Wire::greeted(encrypted), certificate))
        }
    }
}

async fn encrypt(plain: Wire, parameters: TlsParameters) -> Result<TlsConnection, OpenError> {
    TlsConnection::handshake(plain, parameters)
        .await
        .map_err(OpenError::Tls)
}

/// Reads `SIZE n`; 0 means no fixed limit (RFC 1870 §4).
fn size_limit(line: &str) -> Option<usize> {
    let (keyword, limit) = line.split_once(' ')?;
    let limit = limit.trim().parse().ok().filter(|limit| *limit > 0)?;
    keyword.eq_ignore_ascii_case("SIZE").then_some(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_limit_is_read_from_the_greeting() {
        assert_eq!(size_limit("SIZE 31457280"), Some(31_457_280));
        assert_eq!(size_limit("size 1"), Some(1));
        for line in ["SIZE", "SIZE 0", "SIZES 5", "8BITMIME", "AUTH PLAIN LOGIN"] {
            assert_eq!(size_limit(line), None, "{line}");
        }
    }
}
