//! The active publisher: rows out in order, deleted when Kafka has them.

use std::time::Duration;

use kafka::{ProduceError, Producer, Record};
use sqlx::postgres::PgConnection;
use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::doorbell;
use crate::publisher::{BEAT, Ended, Publisher};
use crate::store::{self, Row};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a stop waits for reports before it takes the records back.
const STOP_PATIENCE: Duration = Duration::from_secs(1);

/// The one that publishes, for as long as its connection holds the lock.
pub(crate) struct Lead<'a> {
    publisher: &'a Publisher,
    connection: &'a mut PgConnection,
    producer: &'a mut Option<Producer>,
    beat: Interval,
    /// Pause after the next failure.
    pause: Duration,
}

/// What came of one batch.
enum Batch {
    /// There was nothing to do.
    Empty,
    /// All of it is in Kafka.
    Published,
    /// Some of it may not be in Kafka.
    Failed,
}

impl<'a> Lead<'a> {
    pub(crate) fn new(
        publisher: &'a Publisher,
        connection: &'a mut PgConnection,
        producer: &'a mut Option<Producer>,
    ) -> Self {
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            publisher,
            connection,
            producer,
            beat,
            pause: FIRST_PAUSE,
        }
    }

    /// Publishes until stopped, or until the connection and with it the lock is lost.
    pub(crate) async fn run(mut self, stop: &CancellationToken) -> Result<(), Ended> {
        let rung = Notify::new();
        let options = self.publisher.options()?;
        tokio::select! {
            never = doorbell::listen(options, &rung) => match never {},
            result = self.publish_until(stop, &rung) => result,
        }
    }

    async fn publish_until(&mut self, stop: &CancellationToken, rung: &Notify) -> Result<(), Ended> {
        while !stop.is_cancelled() {
            match self.publish_batch(stop).await? {
                Batch::Published => self.pause = FIRST_PAUSE,
                Batch::Failed => self.back_off(stop).await?,
                Batch::Empty => self.wait_for_rows(stop, rung).await?,
            }
        }
        Ok(())
    }

    /// From the lowest row on: produce, await every report, delete what is persisted.
    async fn publish_batch(&mut self, stop: &CancellationToken) -> Result<Batch, Ended> {
        let rows = store::lowest(self.connection).await?;
        if rows.is_empty() {
            return Ok(Batch::Empty);
        }
        let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
        let reports = self.produce(rows, stop).await?;
        let persisted: Vec<i64> = seqs
            .iter()
            .zip(&reports)
            .filter_map(|(seq, report)| report.is_ok().then_some(*seq))
            .collect();
        if !persisted.is_empty() {
            store::delete(self.connection, &persisted).await?;
            self.publisher.metrics.published.inc_by(persisted.len() as u64);
            self.pause = FIRST_PAUSE;
        }
        match reports.into_iter().find_map(Result::err) {
            None => Ok(Batch::Published),
            Some(error) => {
                self.give_up(&error, seqs.len() - persisted.len());
                Ok(Batch::Failed)
            }
        }
    }

    /// Produces, and keeps the producer only if every report came in: one with records under way goes with them, as
    /// this session is over and the next one begins with the same rows.
    async fn produce(
        &mut self,
        rows: Vec<Row>,
        stop: &CancellationToken,
    ) -> Result<Vec<Result<(), ProduceError>>, Ended> {
        let source = self.publisher.source;
        let records = rows.into_iter().map(|row| Record::from(row.into_event(source)));
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => Producer::new(&self.publisher.kafka)?,
        };
        let reports = self.await_reports(&producer, records.collect(), stop).await?;
        *self.producer = Some(producer);
        Ok(reports)
    }

    /// Beats while Kafka has not reported. A stop takes back what is not reported soon: those reports are failures.
    async fn await_reports(
        &mut self,
        producer: &Producer,
        records: Vec<Record>,
        stop: &CancellationToken,
    ) -> Result<Vec<Result<(), ProduceError>>, Ended> {
        let mut reports = std::pin::pin!(producer.send_all(records));
        let mut too_late = std::pin::pin!(async {
            stop.cancelled().await;
            tokio::time::sleep(STOP_PATIENCE).await;
        });
        let mut is_taken_back = false;
        loop {
            tokio::select! {
                reports = &mut reports => return Ok(reports),
                _ = self.beat.tick() => self.beat().await?,
                () = &mut too_late, if !is_taken_back => {
                    is_taken_back = true;
                    producer.purge();
                }
            }
        }
    }

    /// Every report is in, so nothing has to be taken back; the next try begins with the lowest row again.
    fn give_up(&mut self, error: &ProduceError, failed: usize) {
        let service = self.publisher.database.service;
        tracing::warn!(service, failed, %error, "events not published, they will be tried again");
        self.publisher.metrics.publish_failures.inc_by(failed as u64);
        if error.is_fatal() {
            *self.producer = None;
        }
    }

    async fn beat(&mut self) -> Result<(), Ended> {
        store::beat(self.connection).await?;
        self.publisher.measure(self.connection).await?;
        Ok(())
    }

    async fn back_off(&mut self, stop: &CancellationToken) -> Result<(), Ended> {
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        let mut over = std::pin::pin!(tokio::time::sleep(pause));
        loop {
            tokio::select! {
                () = &mut over => return Ok(()),
                () = stop.cancelled() => return Ok(()),
                _ = self.beat.tick() => self.beat().await?,
            }
        }
    }

    /// Until somebody says that there are rows; looks by itself once a second, as both ways to say so can fail.
    async fn wait_for_rows(&mut self, stop: &CancellationToken, rung: &Notify) -> Result<(), Ended> {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.publisher.wake.woken() => {}
            () = rung.notified() => {}
            _ = self.beat.tick() => self.beat().await?,
        }
        Ok(())
    }
}
