//! A connection to a relay, owned by one worker while a mail is under way. After any doubt it is dropped: replies that
//! belong to another command are worse than a new handshake.

use std::fmt;

use contracts::EmailAddress;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::response::Response;

use crate::domain::attempt::{Answer, Stage};
use crate::mail::compose::Mail;
use crate::mail::relay::Relay;
use crate::mail::session::{OpenError, Session};

/// An open session that waits for a mail.
pub struct Connection {
    session: Session,
    is_used: bool,
    /// Of the mail that is under way, or was last.
    stage: Stage,
}

impl Connection {
    /// Connects with TCP_NODELAY, encrypts and logs in as the relay's settings say.
    ///
    /// # Errors
    /// What the relay says, or that it says nothing. `recipient` is whose name is kept out of it.
    pub async fn open(relay: &Relay, recipient: &EmailAddress) -> Result<Self, Answer> {
        let session = Session::open(relay).await.map_err(|error| {
            let said = match error {
                OpenError::Refused(said) => Some(said),
                OpenError::Unreachable(_) | OpenError::NoStartTls | OpenError::Tls(_) => None,
            };
            answer_of(Stage::Session, said, recipient)
        })?;
        Ok(Self {
            session,
            is_used: false,
            stage: Stage::Session,
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
        self.session.size_limit
    }

    /// How far the dialogue about the last mail came, also if [`Connection::send`] was dropped unfinished.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Hands a mail over: 250 to each command, 354 to `DATA`, 250 to the mail itself. Answers the last of these, or the
    /// first that was another; then, or when this future is dropped unfinished, the connection may only be dropped.
    pub async fn send(&mut self, mail: &Mail, recipient: &EmailAddress) -> Answer {
        self.is_used = true;
        match self.hand_over(&mail.envelope, mail).await {
            Ok(taken) => {
                let text: Vec<&str> = taken.message().collect();
                Answer::of_reply(Stage::Message, taken.code().into(), &text.join(" "), recipient)
            }
            Err(failure) => answer_of(self.stage, failure, recipient),
        }
    }

    async fn hand_over(&mut self, envelope: &Envelope, mail: &Mail) -> Result<Response, Failure> {
        self.stage = Stage::Sender;
        let sender = MailFrom::new(envelope.from().cloned(), Vec::new()).to_string();
        let recipients = envelope.to().iter().map(|to| Rcpt::new(to.clone(), Vec::new()));
        let mut commands = vec![sender];
        commands.extend(recipients.map(|recipient| recipient.to_string()));
        commands.push(Data.to_string());
        self.session.say_ahead(&commands).await?;
        let go_on = self.replies_to(&commands).await?;
        if !go_on.has_code(354) {
            return Err(None);
        }
        self.stage = Stage::Message;
        let taken = self.session.send(mail).await?;
        if !taken.has_code(250) {
            return Err(None);
        }
        Ok(taken)
    }

    /// The last of them; all others are good ones.
    async fn replies_to(&mut self, commands: &[String]) -> Result<Response, Failure> {
        let (sender, others) = commands.split_first().ok_or(None)?;
        let mut last = self.session.reply_to(sender).await?;
        self.stage = Stage::Recipient;
        for command in others {
            last = self.session.reply_to(command).await?;
        }
        Ok(last)
    }

    /// Says goodbye; the relay need not answer.
    pub async fn quit(self) {
        self.session.quit().await;
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

/// What the relay said, if this failure is an answer of it.
fn answer_of(stage: Stage, failure: Failure, recipient: &EmailAddress) -> Answer {
    let said = failure.and_then(|error| {
        let code = error.status()?;
        let text = std::error::Error::source(&error).map(ToString::to_string);
        Some((u16::from(code), text.unwrap_or_default()))
    });
    match said {
        Some((code, text)) => Answer::of_reply(stage, code, &text, recipient),
        None => Answer::silence(stage),
    }
}
