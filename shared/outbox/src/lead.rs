//! The active publisher: rows out in order, deleted when Kafka has them.

use std::collections::HashMap;
use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use contracts::Source;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use kafka::{ProduceError, Producer, Record};
use sqlx::postgres::PgConnection;
use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::doorbell;
use crate::lanes::Lanes;
use crate::publisher::{BEAT, Ended, Publisher};
use crate::store::{self, Row};

/// A batch that takes longer is waited for no more: what other topics have goes out beside it.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long a stop waits for reports before it takes the records back.
const STOP_PATIENCE: Duration = Duration::from_secs(1);

/// The one that publishes, for as long as its connection holds the lock.
pub(crate) struct Lead<'a> {
    publisher: &'a Publisher,
    connection: &'a mut PgConnection,
    producer: &'a mut Option<Arc<Producer>>,
    beat: Interval,
    lanes: Lanes,
    flights: FuturesUnordered<Pin<Box<dyn Future<Output = Landed> + Send>>>,
}

/// A batch of one topic, and what became of each of its rows.
struct Landed {
    producer: Arc<Producer>,
    topic: String,
    seqs: Vec<i64>,
    reports: Vec<Result<(), ProduceError>>,
}

impl<'a> Lead<'a> {
    pub(crate) fn new(
        publisher: &'a Publisher,
        connection: &'a mut PgConnection,
        producer: &'a mut Option<Arc<Producer>>,
    ) -> Self {
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            publisher,
            connection,
            producer,
            beat,
            lanes: Lanes::default(),
            flights: FuturesUnordered::new(),
        }
    }

    /// Publishes until stopped, or until the connection and with it the lock is lost.
    pub(crate) async fn run(mut self, stop: &CancellationToken) -> Result<(), Ended> {
        let rung = Notify::new();
        let options = self.publisher.options()?;
        let published = tokio::select! {
            never = doorbell::listen(options, &rung) => match never {},
            result = self.publish_until(stop, &rung) => result,
        };
        if !self.flights.is_empty() {
            // Records under way go with their producer: the next session begins with the same rows.
            *self.producer = None;
        }
        published
    }

    async fn publish_until(&mut self, stop: &CancellationToken, rung: &Notify) -> Result<(), Ended> {
        store::forget_all_failures(self.connection).await?;
        while !stop.is_cancelled() {
            let left_out = self.lanes.taken(Instant::now());
            let started = self.start_batches(&left_out).await?;
            if started {
                self.await_landing(stop).await?;
            } else {
                self.wait_for_rows(stop, rung, left_out.is_empty()).await?;
            }
        }
        self.bring_down().await
    }

    /// From the lowest row on, one batch a topic. Answers whether there was any.
    async fn start_batches(&mut self, left_out: &[String]) -> Result<bool, Ended> {
        let rows = store::lowest(self.connection, left_out).await?;
        let started = !rows.is_empty();
        let mut batches: HashMap<String, Vec<Row>> = HashMap::new();
        for row in rows {
            batches.entry(row.topic.clone()).or_default().push(row);
        }
        for (topic, rows) in batches {
            #[cfg(feature = "broken")]
            if broken::by(broken::Break::RowDeletedBeforeAck) {
                let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
                store::delete(self.connection, &seqs).await?;
            }
            let producer = self.producer()?;
            self.lanes.start(&topic);
            let source = self.publisher.source;
            self.flights.push(Box::pin(fly(producer, source, topic, rows)));
        }
        let rested = self.lanes.forget_rested(Instant::now());
        self.forget_failures(rested).await?;
        Ok(started)
    }

    fn producer(&mut self) -> Result<Arc<Producer>, Ended> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => Arc::new(Producer::new(&self.publisher.kafka)?),
        };
        *self.producer = Some(Arc::clone(&producer));
        Ok(producer)
    }

    /// Until all batches under way have landed, or have taken too long for the others to wait.
    async fn await_landing(&mut self, stop: &CancellationToken) -> Result<(), Ended> {
        let mut too_long = pin!(sleep(PATIENCE));
        loop {
            tokio::select! {
                Some(landed) = self.flights.next() => {
                    self.land(landed).await?;
                    if self.flights.is_empty() {
                        return Ok(());
                    }
                }
                _ = self.beat.tick() => self.beat().await?,
                () = &mut too_long => return Ok(()),
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Until somebody says that there are rows; looks by itself once a second, as both ways to say so can fail. Where
    /// topics are left out, only the second counts: each look goes past their rows.
    async fn wait_for_rows(
        &mut self,
        stop: &CancellationToken,
        rung: &Notify,
        is_free: bool,
    ) -> Result<(), Ended> {
        let first_rested = self.lanes.first_rested();
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.publisher.wake.woken(), if is_free => {}
            () = rung.notified(), if is_free => {}
            () = rest(first_rested) => {}
            Some(landed) = self.flights.next() => self.land(landed).await?,
            _ = self.beat.tick() => self.beat().await?,
        }
        Ok(())
    }

    /// Deletes what is persisted. What is not will be tried again, from the lowest row on.
    async fn land(&mut self, landed: Landed) -> Result<(), Ended> {
        let Landed {
            producer,
            topic,
            seqs,
            reports,
        } = landed;
        let taken = seqs.iter().zip(&reports).filter(|(_, report)| report.is_ok());
        let persisted: Vec<i64> = taken.map(|(seq, _)| *seq).collect();
        if !persisted.is_empty() {
            store::delete(self.connection, &persisted).await?;
            self.publisher.metrics.published.inc_by(persisted.len() as u64);
        }
        match reports.into_iter().find_map(Result::err) {
            None => {
                let recovered = self.lanes.finish(&topic).then_some(topic);
                self.forget_failures(Vec::from_iter(recovered)).await?;
            }
            Some(error) => {
                let failed = seqs.len() - persisted.len();
                self.give_up(&topic, &error, failed);
                store::note_failure(self.connection, &topic, &error.to_string()).await?;
                self.lanes.rest(&topic, !persisted.is_empty(), Instant::now());
                if error.is_fatal() || (persisted.is_empty() && error.has_timed_out()) {
                    self.give_up_producer(&producer);
                }
            }
        }
        Ok(())
    }

    async fn forget_failures(&mut self, topics: Vec<String>) -> Result<(), Ended> {
        if !topics.is_empty() {
            store::forget_failures(self.connection, &topics).await?;
        }
        Ok(())
    }

    fn give_up(&mut self, topic: &str, error: &ProduceError, failed: usize) {
        let service = self.publisher.database.service;
        tracing::warn!(service, topic, failed, %error, "events not published, they will be tried again");
        self.publisher.metrics.publish_failures.inc_by(failed as u64);
    }

    /// The next batch goes out by a new one. A client whose cluster was made anew at the same address, with its topics,
    /// waits for leaders of the old one for ever, and never says that this is fatal.
    fn give_up_producer(&mut self, used: &Arc<Producer>) {
        if self
            .producer
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, used))
        {
            used.purge();
            *self.producer = None;
        }
    }

    async fn beat(&mut self) -> Result<(), Ended> {
        store::beat(self.connection).await?;
        let failing = i64::try_from(self.lanes.failing()).unwrap_or(i64::MAX);
        self.publisher.metrics.failing_topics.set(failing);
        self.publisher.measure(self.connection).await?;
        Ok(())
    }

    /// A stop takes back what is not reported soon: those reports are failures.
    async fn bring_down(&mut self) -> Result<(), Ended> {
        let mut too_late = pin!(sleep(STOP_PATIENCE));
        let mut is_taken_back = false;
        while !self.flights.is_empty() {
            tokio::select! {
                Some(landed) = self.flights.next() => self.land(landed).await?,
                _ = self.beat.tick() => self.beat().await?,
                () = &mut too_late, if !is_taken_back => {
                    is_taken_back = true;
                    if let Some(producer) = &self.producer {
                        producer.purge();
                    }
                }
            }
        }
        Ok(())
    }
}

/// Produces the rows, which are all of one topic, and awaits every report.
async fn fly(producer: Arc<Producer>, source: Source, topic: String, rows: Vec<Row>) -> Landed {
    let seqs = rows.iter().map(|row| row.seq).collect();
    let records = rows
        .into_iter()
        .map(|row| Record::from(row.into_event(source)))
        .collect();
    let reports = producer.send_all(records).await;
    Landed {
        producer,
        topic,
        seqs,
        reports,
    }
}

/// Until then; for ever if there is nothing to wait for.
async fn rest(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    }
}
