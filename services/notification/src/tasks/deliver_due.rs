//! The workers: each takes a mail, hands it to the relay over its own connection, and takes the next when the outcome
//! of this one is durable. So a crash makes at most one extra copy a worker.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use lifecycle::CancellationToken;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::commands::compose_mail::{CannotCompose, Composed, Workshop, compose_mail};
use crate::domain::attempt::Outcome;
use crate::domain::claim::{Claim, OwedMail};
use crate::domain::retry::RetryPolicy;
use crate::mail::line::Line;
use crate::mail::relay::Relay;
use crate::state::State;
use crate::tasks::breaker::Breaker;
use crate::tasks::claim_due::Claims;
use crate::tasks::record_attempts::Recorder;

pub const NAME: &str = "deliver due mails";

/// A connection that nobody needs for so long is closed: relays do not like idle ones.
const IDLE: Duration = Duration::from_secs(30);

/// How mails are sent.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// For one attempt, from connecting to the last reply.
    pub timeout: Duration,
    pub retry: RetryPolicy,
}

impl Rules {
    /// How long a mail belongs to its sender: twice what an attempt may take.
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.timeout * 2
    }
}

/// What a worker works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sender {
    pub state: State,
    pub rules: Rules,
    pub workshop: Workshop,
    pub relay: Arc<Relay>,
    pub claims: Claims,
    pub recorder: Recorder,
    pub breaker: Breaker,
}

/// Runs until the claim office has closed. A mail under way is finished.
pub async fn run(sender: Sender, stop: CancellationToken) {
    let mut line = Line::new(Arc::clone(&sender.relay));
    while let Some(claim) = sender.next(&mut line).await {
        let began = Instant::now();
        let outcome = if stop.is_cancelled() {
            Outcome::Postponed
        } else {
            sender.state.metrics.sending.inc();
            let outcome = sender.send_or_survive(&claim, &mut line).await;
            sender.state.metrics.sending.dec();
            outcome
        };
        sender.breaker.note(&outcome);
        let finished = claim.finish(outcome, began.elapsed(), &sender.rules.retry);
        sender.recorder.record(finished).await;
    }
    line.hang_up().await;
}

impl Sender {
    async fn next(&self, line: &mut Line) -> Option<Claim> {
        let mut answer: oneshot::Receiver<Claim> = self.claims.ask().await;
        if line.is_open() {
            match timeout(IDLE, &mut answer).await {
                Ok(answer) => return answer.ok(),
                Err(_) => line.hang_up().await,
            }
        }
        answer.await.ok()
    }

    /// A mail or a reply that makes a library panic costs this attempt, and never the process: it would come again
    /// after the restart.
    async fn send_or_survive(&self, claim: &Claim, line: &mut Line) -> Outcome {
        let sent = AssertUnwindSafe(self.send(claim, line)).catch_unwind().await;
        sent.unwrap_or_else(|_| {
            tracing::error!(notification_id = %claim.id, "an attempt panicked");
            line.cut();
            Outcome::Unanswered
        })
    }

    async fn send(&self, claim: &Claim, line: &mut Line) -> Outcome {
        let Some(owed) = &claim.mail else {
            return Outcome::Unsendable("the ledger's row cannot be read");
        };
        if !claim.lease.lasts(self.rules.timeout) {
            return Outcome::Postponed;
        }
        let deadline = Instant::now() + self.rules.timeout;
        let limit = match line.connect(&owed.to, deadline).await {
            Ok(limit) => limit.unwrap_or(usize::MAX),
            Err(error) => return Outcome::of_failure(error.stage, error.reply, false),
        };
        match self.hand_over(claim, owed, line, limit, deadline).await {
            // The relay did not say what it takes, or something behind it takes less.
            (true, Outcome::Refused(reply)) if reply.is_about_size() => {
                self.hand_over(claim, owed, line, 0, deadline).await.1
            }
            (_, outcome) => outcome,
        }
    }

    /// Answers whether the file was in the mail, and what became of it.
    async fn hand_over(
        &self,
        claim: &Claim,
        owed: &OwedMail,
        line: &mut Line,
        most_octets: usize,
        deadline: Instant,
    ) -> (bool, Outcome) {
        let Composed { mail, attached } = match compose_mail(&self.workshop, claim, owed, most_octets).await {
            Ok(composed) => composed,
            Err(CannotCompose::Now) => return (false, Outcome::Postponed),
            Err(CannotCompose::Ever(reason)) => return (false, Outcome::Unsendable(reason)),
        };
        let outcome = match line.send(&mail, &owed.to, deadline).await {
            Ok(reply) => Outcome::Accepted(reply),
            Err(error) => Outcome::of_failure(error.stage, error.reply, mail.has_null_sender()),
        };
        (attached, outcome)
    }
}
