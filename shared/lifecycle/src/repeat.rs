//! Loops that outlive failures. What a step's error says is logged: its `Display` must hold no personal data.

use crate::Backoff;
use crate::backoff::fraction;
use std::fmt::Display;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// While an outage lasts, it is mentioned this often.
const REMINDER: Duration = Duration::from_secs(60);

/// Runs `step` every `interval`, the first time after one, give or take a tenth so that replicas drift apart, until
/// `stop` is cancelled. A step under way is finished, never cut off. A failed step is logged (the first at once, then
/// one line a minute) and simply comes again.
pub async fn every<F, Fut, E>(name: &'static str, interval: Duration, stop: CancellationToken, mut step: F)
where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<(), E>> + Send,
    E: Display,
{
    let mut outage = Outage::new(name);
    while pause(interval.mul_f64(0.9 + fraction() / 5.0), &stop).await {
        outage.note(&step().await);
    }
}

/// Runs `step` again and again until `stop` is cancelled; after a failure it waits (`backoff`) first. A step waits for
/// its own work and should watch `stop` while it does. Logs like [`every`].
pub async fn keep_going<F, Fut, E>(
    name: &'static str,
    mut backoff: Backoff,
    stop: CancellationToken,
    mut step: F,
) where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<(), E>> + Send,
    E: Display,
{
    let mut outage = Outage::new(name);
    while !stop.is_cancelled() {
        let outcome = step().await;
        outage.note(&outcome);
        match outcome {
            // A step that never really waits must not starve the others.
            Ok(()) => {
                backoff.reset();
                tokio::task::yield_now().await;
            }
            Err(_) => _ = pause(backoff.next_delay(), &stop).await,
        }
    }
}

/// False if `stop` was cancelled meanwhile.
async fn pause(length: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = sleep(length) => true,
    }
}

/// Turns a row of failures into few log lines.
struct Outage {
    name: &'static str,
    since: Option<Instant>,
    last_line: Option<Instant>,
    failures: u64,
}

impl Outage {
    fn new(name: &'static str) -> Outage {
        Outage {
            name,
            since: None,
            last_line: None,
            failures: 0,
        }
    }

    fn note<E: Display>(&mut self, outcome: &Result<(), E>) {
        match outcome {
            Ok(()) => self.end(),
            Err(error) => self.failure(error),
        }
    }

    fn failure(&mut self, error: &impl Display) {
        self.failures += 1;
        self.since.get_or_insert_with(Instant::now);
        if self.last_line.is_none_or(|last| last.elapsed() >= REMINDER) {
            self.last_line = Some(Instant::now());
            tracing::warn!(task = self.name, failures = self.failures, %error, "failed, will try again");
        }
    }

    fn end(&mut self) {
        if let Some(since) = self.since.take() {
            let seconds = since.elapsed().as_secs_f64();
            tracing::info!(task = self.name, failures = self.failures, seconds, "works again");
        }
        self.last_line = None;
        self.failures = 0;
    }
}
