//! One task hands mails that are due to the workers that have time: as many as have, with one statement.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lifecycle::CancellationToken;
use postgres::DatabaseConfig;
use sqlx::PgConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep_until, timeout};

use crate::commands::claim_due::claim_due;
use crate::domain::attempt::Outcome;
use crate::domain::claim::Claim;
use crate::error::Error;
use crate::state::State;
use crate::store::sender_connection;
use crate::tasks::breaker::Breaker;
use crate::tasks::deliver_due::Rules;
use crate::tasks::record_attempts::Recorder;

pub const NAME: &str = "claim due mails";

/// Retries become due, and other replicas queue mails, without anybody telling. New mails do not wait for this.
const POLL: Duration = Duration::from_secs(1);
const CLAIM_TIMEOUT: Duration = Duration::from_secs(3);

/// The way to the task.
#[derive(Debug, Clone)]
pub struct Claims(mpsc::Sender<oneshot::Sender<Claim>>);

/// What [`run`] reads: workers that have time.
#[derive(Debug)]
pub struct Idle(mpsc::Receiver<oneshot::Sender<Claim>>);

/// A claim office for so many workers, and what [`run`] reads.
#[must_use]
pub fn claims(workers: usize) -> (Claims, Idle) {
    let (sender, receiver) = mpsc::channel(workers.max(1));
    (Claims(sender), Idle(receiver))
}

impl Claims {
    /// Asks for a mail. The answer is to be waited for, or looked at before it is dropped: a mail may be in it. It
    /// fails when the task has ended.
    pub async fn ask(&self) -> oneshot::Receiver<Claim> {
        let (worker, answer) = oneshot::channel();
        let _ = self.0.send(worker).await;
        answer
    }
}

/// What the task works with.
#[derive(Debug)]
pub struct Office {
    pub state: State,
    pub database: DatabaseConfig,
    pub rules: Rules,
    pub breaker: Breaker,
    pub recorder: Recorder,
}

/// Runs until `stop`; workers that still wait are sent home.
pub async fn run(office: Office, mut idle: Idle, stop: CancellationToken) {
    let mut counter = Counter {
        office,
        connection: None,
        waiting: VecDeque::new(),
        exhausted: false,
    };
    let mut poll = interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let woken = tokio::select! {
            () = stop.cancelled() => return,
            worker = idle.0.recv() => match worker {
                Some(worker) => {
                    counter.waiting.push_back(worker);
                    false
                }
                None => return,
            },
            () = counter.office.state.senders.notified() => true,
            () = pause(counter.office.breaker.pause_ends()) => true,
            _ = poll.tick() => true,
        };
        while let Ok(worker) = idle.0.try_recv() {
            counter.waiting.push_back(worker);
        }
        counter.exhausted &= !woken;
        if let Err(error) = counter.serve().await {
            tracing::warn!(%error, "mails cannot be claimed");
            counter.exhausted = true;
        }
    }
}

/// Until the circuit is worth asking again; for ever while it is closed.
async fn pause(ends: Option<Instant>) {
    match ends.filter(|ends| *ends > Instant::now()) {
        Some(ends) => sleep_until(ends.into()).await,
        None => std::future::pending().await,
    }
}

struct Counter {
    office: Office,
    connection: Option<PgConnection>,
    waiting: VecDeque<oneshot::Sender<Claim>>,
    /// Nothing more was due at the last look: workers wait until somebody or the clock says otherwise.
    exhausted: bool,
}

impl Counter {
    async fn serve(&mut self) -> Result<(), Error> {
        while !self.waiting.is_empty() && !self.exhausted {
            let wanted = self.office.breaker.allows(self.waiting.len());
            if wanted == 0 {
                return Ok(());
            }
            let claims = self.claim(wanted).await?;
            self.exhausted = claims.len() < wanted;
            for claim in claims {
                self.hand_out(claim).await;
            }
        }
        Ok(())
    }

    /// A connection is kept only after success.
    async fn claim(&mut self, wanted: usize) -> Result<Vec<Claim>, Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => sender_connection::open(&self.office.database).await?,
        };
        let claims = timeout(
            CLAIM_TIMEOUT,
            claim_due(&mut connection, wanted, self.office.rules.lease()),
        )
        .await
        .map_err(|_| Error::OutcomeUnknown)??;
        self.connection = Some(connection);
        Ok(claims)
    }

    async fn hand_out(&mut self, claim: Claim) {
        if claim.suppressed {
            return self.leave(claim, Outcome::Suppressed).await;
        }
        self.office
            .breaker
            .set_out(Instant::now() + self.office.rules.timeout);
        let refused = match self.waiting.pop_front() {
            Some(worker) => worker.send(claim).err(),
            None => Some(claim),
        };
        if let Some(claim) = refused {
            self.leave(claim, Outcome::Postponed).await;
        }
    }

    async fn leave(&self, claim: Claim, outcome: Outcome) {
        let finished = claim.finish(outcome, Duration::ZERO, &self.office.rules.retry);
        self.office.recorder.leave(finished).await;
    }
}
