//! The connections to a relay: made when they are needed, cut after any doubt, kept for a while for the next mail.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::EmailAddress;
use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use crate::domain::attempt::{Answer, Stage};
use crate::domain::reply_class::ReplyClass;
use crate::mail::compose::Mail;
use crate::mail::connection::Connection;
use crate::mail::relay::Relay;

/// Connections to one relay that wait for a mail. Whoever takes one owns it; it comes back only in good order.
#[derive(Debug)]
pub struct Lines {
    relay: Relay,
    /// The one that was used last is the last, and the first to be used again.
    waiting: Mutex<Vec<(Connection, Instant)>>,
}

impl Lines {
    /// Connects to nothing yet.
    #[must_use]
    pub fn new(relay: Relay) -> Self {
        Self {
            relay,
            waiting: Mutex::default(),
        }
    }

    /// Says goodbye on connections that nobody has needed for so long.
    pub async fn hang_up(&self, idle: Duration) {
        let now = Instant::now();
        let (old, young): (Vec<_>, Vec<_>) = self.with(|waiting| {
            waiting
                .drain(..)
                .partition(|(_, since)| now.saturating_duration_since(*since) >= idle)
        });
        // Those that came back in between are younger still.
        self.with(|waiting| waiting.splice(0..0, young).for_each(drop));
        join_all(old.into_iter().map(|(connection, _)| connection.quit())).await;
    }

    fn take(&self) -> Option<Connection> {
        self.with(Vec::pop).map(|(connection, _)| connection)
    }

    fn keep(&self, connection: Connection) {
        self.with(|waiting| waiting.push((connection, Instant::now())));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<(Connection, Instant)>) -> T) -> T {
        work(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A worker's way to a relay for one mail.
#[derive(Debug)]
pub struct Line {
    lines: Arc<Lines>,
    /// In good order whenever it is here: while a mail is under way it is not.
    connection: Option<Connection>,
}

impl Line {
    /// Over a connection that waits, if there is one.
    #[must_use]
    pub fn of(lines: Arc<Lines>) -> Self {
        let connection = lines.take();
        Self { lines, connection }
    }

    /// Connects if need be. Answers the biggest mail that the relay takes, in octets, if it says so.
    ///
    /// # Errors
    /// What the relay says in place of a welcome, or its silence until the deadline.
    pub async fn connect(
        &mut self,
        recipient: &EmailAddress,
        deadline: Instant,
    ) -> Result<Option<usize>, Answer> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => timeout_at(deadline, Connection::open(&self.lines.relay, recipient))
                .await
                .unwrap_or(Err(Answer::silence(Stage::Session)))?,
        };
        Ok(self.connection.insert(connection).size_limit())
    }

    /// Hands a mail over. A connection that was used before may have been closed by the relay meanwhile, which shows
    /// with the first command: then a new one is made, once.
    pub async fn send(&mut self, mail: &Mail, recipient: &EmailAddress, deadline: Instant) -> Answer {
        let was_used = self.connection.as_ref().is_some_and(Connection::is_used);
        let answer = self.try_send(mail, recipient, deadline).await;
        let is_stale = was_used && answer.stage <= Stage::Sender && answer.class != ReplyClass::Accepted;
        if is_stale {
            return self.try_send(mail, recipient, deadline).await;
        }
        answer
    }

    async fn try_send(&mut self, mail: &Mail, recipient: &EmailAddress, deadline: Instant) -> Answer {
        if let Err(answer) = self.connect(recipient, deadline).await {
            return answer;
        }
        let Some(mut connection) = self.connection.take() else {
            return Answer::silence(Stage::Session);
        };
        let answer = timeout_at(deadline, connection.send(mail, recipient)).await;
        let answer = answer.unwrap_or_else(|_| Answer::silence(connection.stage()));
        if answer.class == ReplyClass::Accepted {
            self.connection = Some(connection);
        }
        answer
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.lines.keep(connection);
        }
    }
}
