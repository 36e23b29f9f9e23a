//! The task that handles: batches in order, one at a time, until every record has had its effect or is parked.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use contracts::EventHeaders;
use futures_util::FutureExt;
use telemetry::TraceParent;
use tokio_util::sync::CancellationToken;

use super::handler::{ConsumerSpec, Handler, Later, Verdict};
use super::intake::{Batch, Intake};
use crate::dead_letters::DeadLetters;
use crate::{ConsumerMetrics, Received, Record};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Handles the batches of one consumer.
pub(super) struct Worker<H> {
    pub(super) spec: ConsumerSpec,
    pub(super) handler: Arc<H>,
    pub(super) dead_letters: DeadLetters,
    pub(super) metrics: ConsumerMetrics,
    pub(super) stop: CancellationToken,
}

/// A batch is not wanted any more: we stop, or its partitions went elsewhere. Its records come again to whoever is next.
struct Unwanted;

impl<H: Handler> Worker<H> {
    /// Handles batches until the intake is closed or the process stops. A batch that was begun is brought to its end,
    /// but not retried.
    pub(super) async fn run(&mut self, intake: &Arc<Intake>) {
        while let Some(batch) = self.next_batch(intake).await {
            #[cfg(feature = "broken")]
            if broken::by(broken::Break::OffsetBeforeEffect) {
                batch.note_offsets();
            }
            if let Ok(verdicts) = self.process(&batch).await {
                for (record, verdict) in batch.records().iter().zip(&verdicts) {
                    self.metrics.handled(&record.topic, verdict);
                }
                batch.handled();
            }
        }
    }

    async fn next_batch(&self, intake: &Arc<Intake>) -> Option<Batch> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            batch = intake.next_batch(self.spec.batch) => batch,
        }
    }

    async fn process(&mut self, batch: &Batch) -> Result<Vec<Verdict>, Unwanted> {
        let verdicts = match self.ask(batch, batch.records()).await? {
            Some(verdicts) => verdicts,
            None => self.ask_one_by_one(batch).await?,
        };
        #[cfg(feature = "broken")]
        while broken::by(broken::Break::PoisonTriedAgain)
            && verdicts.iter().any(|verdict| matches!(verdict, Verdict::Park(_)))
        {
            self.pause(batch, &mut Retries::default(), "it cannot be read")
                .await?;
        }
        self.park(batch, &verdicts).await?;
        Ok(verdicts)
    }

    /// Finds out which record it is that the handler cannot bear.
    async fn ask_one_by_one(&self, batch: &Batch) -> Result<Vec<Verdict>, Unwanted> {
        let mut verdicts = Vec::with_capacity(batch.records().len());
        for record in batch.records() {
            let answer = self.ask(batch, std::slice::from_ref(record)).await?;
            let culprit = || vec![Verdict::Park("the handler panicked".to_owned())];
            verdicts.extend(answer.unwrap_or_else(culprit));
        }
        Ok(verdicts)
    }

    /// The handler's verdicts, asked for until it has some; `None` if it panicked, or has not one for each record.
    async fn ask(&self, batch: &Batch, records: &[Received]) -> Result<Option<Vec<Verdict>>, Unwanted> {
        let mut retries = Retries::default();
        loop {
            let answer = AssertUnwindSafe(async { self.handler.handle(records).await });
            match answer.catch_unwind().await {
                Ok(Ok(verdicts)) if verdicts.len() == records.len() => return Ok(Some(verdicts)),
                Ok(Err(Later(reason))) => {
                    self.metrics.retried(&records[0].topic);
                    self.pause(batch, &mut retries, &reason).await?;
                }
                // The panic itself was reported by the hook, and its message may hold what must not be logged here.
                Ok(Ok(_)) | Err(_) => {
                    self.metrics.panicked();
                    return Ok(None);
                }
            }
        }
    }

    /// Brings the parked records to the dead letters, however long that takes: an offset passes none of them before.
    async fn park(&mut self, batch: &Batch, verdicts: &[Verdict]) -> Result<(), Unwanted> {
        let mut letters = Vec::new();
        for (record, verdict) in batch.records().iter().zip(verdicts) {
            if let Verdict::Park(reason) = verdict {
                self.report(record, reason);
                letters.push(self.dead_letters.letter(record, reason));
            }
        }
        let mut retries = Retries::default();
        loop {
            letters = self.write(letters).await;
            if letters.is_empty() {
                return Ok(());
            }
            self.pause(batch, &mut retries, "dead letters cannot be written")
                .await?;
        }
    }

    async fn write(&mut self, letters: Vec<Record>) -> Vec<Record> {
        if letters.is_empty() {
            return letters;
        }
        self.dead_letters.write(letters).await
    }

    async fn pause(&self, batch: &Batch, retries: &mut Retries, reason: &str) -> Result<(), Unwanted> {
        let pause = retries.next_pause();
        if retries.count.is_power_of_two() {
            let group = self.spec.group;
            tracing::warn!(
                group,
                retry = retries.count,
                ?pause,
                reason,
                "batch is tried again"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            () = batch.unwanted() => Err(Unwanted),
            () = self.stop.cancelled() => Err(Unwanted),
        }
    }

    fn report(&self, record: &Received, reason: &str) {
        tracing::warn!(
            group = self.spec.group,
            topic = record.topic,
            partition = record.partition,
            offset = record.offset,
            trace_id = trace_id(record),
            event_id = event_id(record),
            reason,
            "event parked"
        );
    }
}

fn event_id(record: &Received) -> Option<String> {
    let headers = EventHeaders::parse(&record.headers).ok()?;
    Some(headers.id.to_string())
}

fn trace_id(record: &Received) -> Option<String> {
    let traceparent = std::str::from_utf8(record.header("traceparent")?).ok()?;
    Some(TraceParent::parse(traceparent)?.trace_id().to_string())
}

/// Pauses that double, up to a limit.
#[derive(Default)]
struct Retries {
    count: u32,
}

impl Retries {
    fn next_pause(&mut self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.count);
        self.count = self.count.saturating_add(1);
        FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_three_seconds_and_stay_there() {
        let mut retries = Retries::default();
        let pauses: Vec<u128> = (0..7).map(|_| retries.next_pause().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3000, 3000]);
        retries.count = u32::MAX;
        assert_eq!(retries.next_pause(), LONGEST_PAUSE);
    }
}
