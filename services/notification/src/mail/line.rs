//! A worker's way to the relay: connected when it is needed, cut after any doubt.

use std::sync::Arc;

use contracts::EmailAddress;
use tokio::time::{Instant, timeout_at};

use crate::domain::attempt::Stage;
use crate::domain::reply::Reply;
use crate::mail::compose::Mail;
use crate::mail::connection::{Connection, SendError};
use crate::mail::relay::Relay;

/// At most one connection.
#[derive(Debug)]
pub struct Line {
    relay: Arc<Relay>,
    connection: Option<Connection>,
}

impl Line {
    /// Connects to nothing yet.
    #[must_use]
    pub fn new(relay: Arc<Relay>) -> Self {
        Self {
            relay,
            connection: None,
        }
    }

    /// Whether a connection is kept.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Connects if need be. Answers the biggest mail that the relay takes, in octets, if it says so.
    ///
    /// # Errors
    /// [`SendError`] with [`Stage::Session`], also when the deadline has passed.
    pub async fn connect(
        &mut self,
        recipient: &EmailAddress,
        deadline: Instant,
    ) -> Result<Option<usize>, SendError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => timeout_at(deadline, Connection::open(&self.relay, recipient))
                .await
                .unwrap_or(Err(SendError {
                    stage: Stage::Session,
                    reply: None,
                }))?,
        };
        Ok(self.connection.insert(connection).size_limit())
    }

    /// Hands a mail over. A connection that was used before may have been closed by the relay meanwhile, which shows
    /// with the first command: then a new one is made, once.
    ///
    /// # Errors
    /// [`SendError`]. When the deadline passes, nobody knows whether the mail was taken.
    pub async fn send(
        &mut self,
        mail: &Mail,
        recipient: &EmailAddress,
        deadline: Instant,
    ) -> Result<Reply, SendError> {
        let was_used = self.connection.as_ref().is_some_and(Connection::is_used);
        match self.try_send(mail, recipient, deadline).await {
            Err(error) if was_used && error.stage <= Stage::Sender => {
                self.try_send(mail, recipient, deadline).await
            }
            sent => sent,
        }
    }

    async fn try_send(
        &mut self,
        mail: &Mail,
        recipient: &EmailAddress,
        deadline: Instant,
    ) -> Result<Reply, SendError> {
        self.connect(recipient, deadline).await?;
        let Some(mut connection) = self.connection.take() else {
            return Err(SendError {
                stage: Stage::Session,
                reply: None,
            });
        };
        let sent = timeout_at(deadline, connection.send(mail, recipient))
            .await
            .unwrap_or(Err(SendError {
                stage: Stage::Message,
                reply: None,
            }))?;
        self.connection = Some(connection);
        Ok(sent)
    }

    /// Drops the connection without a word.
    pub fn cut(&mut self) {
        self.connection = None;
    }

    /// Says goodbye, if there is a connection.
    pub async fn hang_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.quit().await;
        }
    }
}
