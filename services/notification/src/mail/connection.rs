//! A connection to the relay, owned by one worker. After any doubt it is dropped: replies that belong to another command
//! are worse than a new handshake.

use std::fmt;
use std::time::Duration;

use contracts::EmailAddress;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail as MailFrom, Quit, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::domain::attempt::Stage;
use crate::domain::reply::Reply;
use crate::mail::compose::Mail;
use crate::mail::relay::{Encryption, Relay};
use crate::mail::tls::TlsConnection;

const LOGINS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// A polite goodbye is not worth more than this.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// An open session that waits for a mail.
pub struct Connection {
    session: AsyncSmtpConnection,
    /// The biggest mail that the relay takes, if it says so (RFC 1870).
    size_limit: Option<usize>,
    is_used: bool,
}

/// Why a mail was not taken: how far it came, and what the relay said, if anything. No text of it names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendError {
    pub stage: Stage,
    pub reply: Option<Reply>,
}

impl Connection {
    /// Connects with TCP_NODELAY, encrypts and logs in as the relay's settings say.
    ///
    /// # Errors
    /// [`SendError`] with [`Stage::Session`]. `recipient` is whose name is kept out of what the relay says.
    pub async fn open(relay: &Relay, recipient: &EmailAddress) -> Result<Self, SendError> {
        let session = open(relay).await.map_err(|failure| SendError {
            stage: Stage::Session,
            reply: failure.and_then(|error| reply_of(&error, recipient)),
        });
        let (session, size_limit) = session?;
        Ok(Self {
            session,
            size_limit,
            is_used: false,
        })
    }

    /// Whether the relay may have closed it meanwhile without us knowing: a mail was sent over it before.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.is_used
    }

    /// The biggest mail that the relay takes, in octets, if it says so.
    #[must_use]
    pub fn size_limit(&self) -> Option<usize> {
        self.size_limit
    }

    /// Hands a mail over: 250 to each command, 354 to `DATA`, 250 to the mail itself. After an error the connection
    /// may only be dropped, and so when this future is dropped unfinished.
    ///
    /// # Errors
    /// [`SendError`] with the first answer that is another, or without one.
    pub async fn send(&mut self, mail: &Mail, recipient: &EmailAddress) -> Result<Reply, SendError> {
        self.is_used = true;
        let answer = hand_over(&mut self.session, &mail.envelope, mail).await;
        let (stage, answer) = match answer {
            Ok(response) => {
                let text: Vec<&str> = response.message().collect();
                return Ok(Reply::new(response.code().into(), &text.join(" "), recipient));
            }
            Err(failure) => failure,
        };
        Err(SendError {
            stage,
            reply: answer.and_then(|error| reply_of(&error, recipient)),
        })
    }

    /// Says goodbye; the relay need not answer.
    pub async fn quit(mut self) {
        let _ = timeout(QUIT_TIMEOUT, self.session.command(Quit)).await;
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("is_used", &self.is_used)
            .finish_non_exhaustive()
    }
}

/// The error is `None` where the relay was not reached or made no sense.
type Failure = Option<Error>;

async fn open(relay: &Relay) -> Result<(AsyncSmtpConnection, Option<usize>), Failure> {
    let hello = ClientId::Domain(relay.hello.clone());
    let tls = || relay.tls().map_err(Some);
    let connecting = TcpStream::connect((relay.host.as_str(), relay.port));
    let plain = timeout(relay.connect_timeout, connecting)
        .await
        .map_err(|_| None)?
        .map_err(|_| None)?;
    plain.set_nodelay(true).map_err(|_| None)?;
    let mut session = match relay.encryption {
        Encryption::None => AsyncSmtpConnection::connect_with_transport(Box::new(plain), &hello).await,
        Encryption::Implicit => {
            let encrypted = TlsConnection::handshake(plain, tls()?).await.map_err(|_| None)?;
            AsyncSmtpConnection::connect_with_transport(Box::new(encrypted), &hello).await
        }
        Encryption::StartTls => {
            let mut session = AsyncSmtpConnection::connect_with_transport(Box::new(plain), &hello).await?;
            session.starttls(tls()?, &hello).await.map(|()| session)
        }
    }?;
    if let Some(credentials) = &relay.credentials {
        session.auth(&LOGINS, credentials).await?;
    }
    // lettre does not keep what EHLO says about sizes; RFC 5321 §4.1.4 allows to ask again.
    let greeting = session.command(Ehlo::new(hello)).await?;
    let size_limit = greeting.message().find_map(size_limit);
    Ok((session, size_limit))
}

/// Reads `SIZE n`; 0 means no fixed limit (RFC 1870 §4).
fn size_limit(line: &str) -> Option<usize> {
    let (keyword, limit) = line.split_once(' ')?;
    let limit = limit.trim().parse().ok().filter(|limit| *limit > 0)?;
    keyword.eq_ignore_ascii_case("SIZE").then_some(limit)
}

async fn hand_over(
    session: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    mail: &Mail,
) -> Result<Response, (Stage, Failure)> {
    let at = |stage| move |failure| (stage, Some(failure));
    session
        .command(MailFrom::new(envelope.from().cloned(), Vec::new()))
        .await
        .map_err(at(Stage::Sender))?;
    for to in envelope.to() {
        session
            .command(Rcpt::new(to.clone(), Vec::new()))
            .await
            .map_err(at(Stage::Recipient))?;
    }
    let go_on = session.command(Data).await.map_err(at(Stage::Recipient))?;
    if !go_on.has_code(354) {
        return Err((Stage::Recipient, None));
    }
    let taken = session
        .message_iter(mail.pieces())
        .await
        .map_err(at(Stage::Message))?;
    if !taken.has_code(250) {
        return Err((Stage::Message, None));
    }
    Ok(taken)
}

/// What the relay said, if this error is an answer of it.
fn reply_of(error: &Error, recipient: &EmailAddress) -> Option<Reply> {
    let code = error.status()?;
    let text = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    Some(Reply::new(code.into(), &text, recipient))
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
