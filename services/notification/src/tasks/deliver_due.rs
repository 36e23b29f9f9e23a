//! The workers: each takes a mail, hands it to a relay, to the next where that one is at fault, and takes its next mail when
//! the outcome of this one is durable. So a crash makes at most one extra copy a worker.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use lifecycle::CancellationToken;
use tokio::time::Instant;

use crate::commands::compose_mail::{CannotCompose, Composed, Workshop, compose_mail};
use crate::domain::attempt::{Answer, Outcome, Stage, Step};
use crate::domain::claim::{Attempted, Claim, Finished, OwedMail};
use crate::domain::reply_class::ReplyClass;
use crate::domain::retry::RetryPolicy;
use crate::mail::line::Line;
use crate::state::State;
use crate::tasks::claim_due::{Assignment, Claims};
use crate::tasks::passages::Passage;
use crate::tasks::record_attempts::Recorder;
use crate::tasks::relays::{Relays, Turn};

pub const NAME: &str = "notification: deliver due mails";

/// Where another relay could take the mail, one may use up this share of an attempt's time until it has said hello.
const PATIENCE: u32 = 3;

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
    pub relays: Relays,
    pub claims: Claims,
    pub recorder: Recorder,
}

/// Runs until the claim office has closed. A mail under way is finished.
pub async fn run(sender: Sender, stop: CancellationToken) {
    while let Some(assignment) = sender.claims.next().await {
        let Assignment { claim, passage, turn } = assignment;
        let began = Instant::now();
        let attempted = if stop.is_cancelled() {
            Attempted::from(Outcome::Postponed)
        } else {
            sender.state.metrics.sending.inc();
            let attempted = sender.send_or_survive(&claim, &passage, turn).await;
            sender.state.metrics.sending.dec();
            attempted
        };
        let finished = Finished {
            redirected: sender.workshop.sender.redirect_to.is_some(),
            ..claim.finish(attempted, began.elapsed(), &sender.rules.retry)
        };
        drop(passage);
        sender.recorder.record(finished).await;
    }
    sender.relays.hang_up(Duration::ZERO).await;
}

/// What became of a mail at one relay.
enum Asked {
    /// The relay answered, or was silent.
    Answered(Answer),
    /// It was not asked.
    Unasked(Outcome),
}

impl Sender {
    /// A mail or a reply that makes a library panic costs this attempt, and never the process: it would come again
    /// after the restart.
    async fn send_or_survive(&self, claim: &Claim, passage: &Passage, turn: Turn) -> Attempted {
        let relay = turn.name().clone();
        let began = Instant::now();
        let sent = AssertUnwindSafe(self.send(claim, passage, turn))
            .catch_unwind()
            .await;
        sent.unwrap_or_else(|_| {
            tracing::error!(notification_id = %claim.id, "an attempt panicked");
            let answer = Answer::silence(Stage::Message);
            Attempted::from(vec![Step {
                relay,
                answer,
                took: began.elapsed(),
            }])
        })
    }

    async fn send(&self, claim: &Claim, passage: &Passage, first: Turn) -> Attempted {
        let Some(owed) = &claim.mail else {
            return Outcome::Unsendable("the ledger's row cannot be read").into();
        };
        if !claim.lease.lasts(self.rules.timeout) {
            return Outcome::Postponed.into();
        }
        let deadline = Instant::now() + self.rules.timeout;
        let mut steps = Vec::new();
        let mut asked = vec![first];
        while let Some(turn) = asked.last() {
            let began = Instant::now();
            let answer = match self.ask(turn, claim, owed, deadline).await {
                Asked::Answered(answer) => answer,
                Asked::Unasked(outcome) if steps.is_empty() => return outcome.into(),
                Asked::Unasked(_) => break,
            };
            turn.note(&answer, passage.group());
            passage.note(&answer);
            let goes_on = answer.may_go_elsewhere() && Instant::now() < deadline;
            steps.push(Step {
                relay: turn.name().clone(),
                answer,
                took: began.elapsed(),
            });
            let next = goes_on.then(|| self.relays.turn(claim.class(), &asked));
            match next.flatten() {
                Some(next) => asked.push(next),
                None => break,
            }
        }
        steps.into()
    }

    /// Asks one relay to take the mail.
    async fn ask(&self, turn: &Turn, claim: &Claim, owed: &OwedMail, deadline: Instant) -> Asked {
        let mut line = turn.line();
        let patience = if turn.is_replaceable(claim.class()) {
            deadline.min(Instant::now() + self.rules.timeout / PATIENCE)
        } else {
            deadline
        };
        let limit = match line.connect(&owed.to, patience).await {
            Ok(limit) => limit.unwrap_or(usize::MAX),
            Err(answer) => return Asked::Answered(answer),
        };
        match self.hand_over(claim, owed, &mut line, limit, deadline).await {
            // The relay did not say what it takes, or something behind it takes less.
            (true, Asked::Answered(answer)) if is_too_big(&answer) => {
                self.hand_over(claim, owed, &mut line, 0, deadline).await.1
            }
            (_, asked) => asked,
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
    ) -> (bool, Asked) {
        let Composed { mail, attached } = match compose_mail(&self.workshop, claim, owed, most_octets).await {
            Ok(composed) => composed,
            Err(CannotCompose::Now) => return (false, Asked::Unasked(Outcome::Postponed)),
            Err(CannotCompose::Ever(reason)) => return (false, Asked::Unasked(Outcome::Unsendable(reason))),
        };
        let answer = line.send(&mail, &owed.to, deadline).await;
        let answer = if mail.has_null_sender() {
            answer.to_null_sender()
        } else {
            answer
        };
        (attached, Asked::Answered(answer))
    }
}

fn is_too_big(answer: &Answer) -> bool {
    let is_refused = answer.class == ReplyClass::ContentPolicy;
    is_refused && answer.reply.as_ref().is_some_and(|reply| reply.is_about_size())
}
