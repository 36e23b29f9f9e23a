//! One task commits what the attempts of all workers came to: whatever has come while the last commit was under way
//! goes into the next.

use std::collections::HashSet;
use std::time::Duration;

use lifecycle::Backoff;
use postgres::DatabaseConfig;
use sqlx::PgConnection;
use telemetry::TraceParent;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::commands::record_attempts::record_attempts;
use crate::domain::attempt::Outcome;
use crate::domain::claim::Finished;
use crate::domain::notification::NotificationId;
use crate::domain::reply_class::ReplyClass;
use crate::error::Error;
use crate::state::State;
use crate::store::sender_connection;

pub const NAME: &str = "notification: record attempts";

const BATCH: usize = 256;
/// A commit that has not answered by then is tried again on another connection; twice is as good as once.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(3);

/// The way to the task. It ends when the last clone of this is gone.
#[derive(Debug, Clone)]
pub struct Recorder(mpsc::Sender<Entry>);

/// What is to be recorded.
#[derive(Debug)]
pub struct Inbox(mpsc::Receiver<Entry>);

#[derive(Debug)]
struct Entry {
    finished: Finished,
    committed: oneshot::Sender<()>,
}

/// A recorder, and what [`run`] reads.
#[must_use]
pub fn recorder() -> (Recorder, Inbox) {
    let (sender, receiver) = mpsc::channel(BATCH);
    (Recorder(sender), Inbox(receiver))
}

impl Recorder {
    /// Returns when the outcome is durable: not while the database is away.
    pub async fn record(&self, finished: Finished) {
        #[cfg(feature = "broken")]
        if broken::by(broken::Break::OutcomeNotAwaited) {
            return self.leave(finished).await;
        }
        let (committed, done) = oneshot::channel();
        if self.0.send(Entry { finished, committed }).await.is_ok() {
            // An error means that the process stops in a hurry; the lease runs out then.
            let _ = done.await;
        }
    }

    /// Records an outcome that nobody waits for.
    pub(super) async fn leave(&self, finished: Finished) {
        let (committed, _) = oneshot::channel();
        let _ = self.0.send(Entry { finished, committed }).await;
    }
}

/// Runs until nobody can record any more: after the workers.
pub async fn run(state: State, database: DatabaseConfig, mut inbox: Inbox) {
    let mut committer = Committer {
        state,
        database,
        connection: None,
    };
    let mut batch = Vec::new();
    while inbox.0.recv_many(&mut batch, BATCH).await > 0 {
        let (finished, waiters): (Vec<_>, Vec<_>) = batch
            .drain(..)
            .map(|entry: Entry| (entry.finished, entry.committed))
            .unzip();
        committer.commit(&finished).await;
        for waiter in waiters {
            let _ = waiter.send(());
        }
    }
}

struct Committer {
    state: State,
    database: DatabaseConfig,
    connection: Option<PgConnection>,
}

impl Committer {
    async fn commit(&mut self, finished: &[Finished]) {
        let mut backoff = Backoff::default();
        loop {
            match self.try_commit(finished).await {
                Ok(held) => return self.report(finished, &held),
                Err(error) => {
                    tracing::warn!(%error, mails = finished.len(), "outcomes cannot be recorded yet");
                    sleep(backoff.next_delay()).await;
                }
            }
        }
    }

    /// A connection is kept only after success.
    async fn try_commit(&mut self, finished: &[Finished]) -> Result<HashSet<NotificationId>, Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => sender_connection::open(&self.database).await?,
        };
        let held = timeout(COMMIT_TIMEOUT, record_attempts(&mut connection, finished))
            .await
            .map_err(|_| Error::OutcomeUnknown)??;
        self.connection = Some(connection);
        Ok(held)
    }

    fn report(&self, finished: &[Finished], held: &HashSet<NotificationId>) {
        for one in finished {
            let late = !held.contains(&one.claim.id);
            log(one, late);
            if late {
                self.state.metrics.late_outcomes.inc();
                continue;
            }
            self.state.metrics.attempted(one);
            if let Some(after) = signup_to_mail(one) {
                self.state.metrics.delivered(after);
            }
            if one.fallback().is_some() {
                self.state.senders.notify_one();
            }
        }
        self.state.wake.notify();
    }
}

/// How long a lead waited for the delivery mail.
fn signup_to_mail(finished: &Finished) -> Option<Duration> {
    let is_delivery =
        finished.claim.offer.is_some() && finished.outcome.class() == Some(ReplyClass::Accepted);
    is_delivery.then(|| {
        (OffsetDateTime::now_utc() - finished.claim.event_time)
            .try_into()
            .unwrap_or_default()
    })
}

/// The one log line of a mail's attempt.
fn log(finished: &Finished, late: bool) {
    let (claim, outcome) = (&finished.claim, &finished.outcome);
    let reply = outcome.reply();
    let trace = claim.traceparent.as_deref().and_then(TraceParent::parse);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                trace_id = trace.map(|trace| trace.trace_id().to_string()),
                parent_id = trace.map(|trace| trace.span_id().to_string()),
                notification_id = %claim.id,
                request_id = claim.request_id.map(|id| id.to_string()),
                event_id = %claim.key.event_id,
                purpose = claim.key.purpose.as_str(),
                recipient = claim.key.recipient,
                outcome = outcome.as_str(),
                state = finished.state().as_str(),
                relay = finished.steps.last().map(|step| step.relay.as_str()),
                relays_asked = finished.steps.len(),
                reply_code = reply.map(|reply| reply.code),
                enhanced_code = reply.and_then(|reply| Some(reply.enhanced_code?.to_string())),
                attempts = claim.tried.attempts,
                duration_ms = finished.took.as_secs_f64() * 1000.0,
                late,
                "mail"
            )
        };
    }
    match outcome {
        _ if late => line!(warn),
        Outcome::Suppressed | Outcome::Postponed => line!(info),
        Outcome::Answered(answer) if answer.class == ReplyClass::Accepted => line!(info),
        Outcome::Unsendable(reason) => {
            line!(error);
            tracing::error!(notification_id = %claim.id, reason, "a mail cannot be built");
        }
        _ if finished.is_given_up() => line!(error),
        _ => line!(warn),
    }
}
