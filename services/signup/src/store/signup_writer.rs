//! The batch writer of the hot path.
//!
//! One task with a connection of its own drains the queue greedily, without a timer, and writes all it got with one
//! statement: one commit serves dozens of signups, and a request that is dropped cannot leave a transaction open. It
//! heals by itself: after any failure but that of a value it drops the connection and makes a new one for the next batch.

use std::fmt;
use std::time::Duration;

use lifecycle::CancellationToken;
use outbox::Wake;
use postgres::{DatabaseConfig, PostgresError};
use sqlx::{Executor, PgConnection};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, sqlstate};
use crate::metrics::Metrics;
use crate::store::signup_answers::Answers;
use crate::store::signup_queue::{self, Entry, QueueLimits, SignupQueue, WRITE_DEADLINE};
use crate::store::signup_row::SignupRow;
use crate::store::write_signups::{Written, known_keys, write_signups};

/// Larger batches gain little and hold locks longer.
const BATCH_MAX: usize = 512;

/// The statement's plan is the same for every batch, and joining batches by nested loops is never right.
const SESSION: &str = "set plan_cache_mode = force_generic_plan; set enable_nestloop = off";

/// What the writer works with.
#[derive(Debug, Clone)]
pub struct WriterConfig {
    pub database: DatabaseConfig,
    pub limits: QueueLimits,
    /// When the event of a signup is published again if nothing was heard of it.
    pub republish_after: Duration,
}

/// Drains the queue into the database.
#[derive(Debug)]
pub struct SignupWriter {
    config: WriterConfig,
    entries: mpsc::Receiver<Entry>,
    connection: Option<PgConnection>,
    metrics: Metrics,
    wake: Wake,
}

/// Why a batch, or a part of it, was not written.
enum Failure {
    Slow,
    Database(sqlx::Error),
    Connect(PostgresError),
}

impl SignupWriter {
    /// A queue and its writer, which has to [`run`](Self::run).
    #[must_use]
    pub fn new(config: WriterConfig, metrics: Metrics, wake: Wake) -> (SignupQueue, Self) {
        let (queue, entries) = signup_queue::queue(config.limits, metrics.clone());
        let writer = Self {
            config,
            entries,
            connection: None,
            metrics,
            wake,
        };
        (queue, writer)
    }

    /// As [`SignupWriter::run`], on a thread with a small runtime of its own, which is up to a quarter faster: nothing
    /// else comes between the database's answer and the next batch.
    ///
    /// # Panics
    /// If the writer does.
    pub async fn run_on_own_thread(self, stop: CancellationToken) {
        let span = tracing::Span::current();
        let thread = tokio::task::spawn_blocking(move || {
            let _span = span.entered();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime of one thread").block_on(self.run(stop));
        });
        if let Err(died) = thread.await {
            std::panic::resume_unwind(died.into_panic());
        }
    }

    /// Writes until `stop`, then what is still in the queue.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        loop {
            tokio::select! {
                biased;
                taken = self.entries.recv_many(&mut batch, BATCH_MAX) => if taken == 0 { return },
                () = stop.cancelled() => self.entries.close(),
            }
            self.write(&mut batch).await;
        }
    }

    /// Writes the batch and answers every entry in it.
    async fn write(&mut self, batch: &mut Vec<Entry>) {
        let mut entries = std::mem::take(batch);
        self.metrics
            .queue_entries
            .sub(i64::try_from(entries.len()).unwrap_or_default());
        if entries.is_empty() {
            return;
        }
        let deadline = Instant::now() + WRITE_DEADLINE;
        if let Err(failure) = self.connect(deadline).await {
            return self.give_up(entries, &failure);
        }
        for old in entries.extract_if(.., |entry| entry.is_too_old()) {
            self.metrics.signups.busy.inc();
            old.reply(Err(Error::Busy));
        }
        self.write_parts(entries, deadline).await;
    }

    /// Writes the batch; where a value in it is refused, in halves, until the bad row stands alone.
    async fn write_parts(&mut self, entries: Vec<Entry>, deadline: Instant) {
        let mut parts = vec![entries];
        while let Some(mut part) = parts.pop() {
            match self.write_part(&part, deadline).await {
                Ok(answers) => self.answer(part, &answers),
                Err(Failure::Database(error)) if postgres::is_data_error(&error) => {
                    let second_half = part.split_off(part.len() / 2);
                    if part.is_empty() {
                        self.refuse(second_half, &error);
                    } else {
                        parts.extend([second_half, part]);
                    }
                }
                Err(failure) => {
                    self.give_up(part, &failure);
                    parts.drain(..).for_each(|rest| self.give_up(rest, &failure));
                }
            }
        }
    }

    /// Sees to it that there is a connection.
    async fn connect(&mut self, deadline: Instant) -> Result<(), Failure> {
        if self.connection.is_some() {
            return Ok(());
        }
        let connecting = async {
            let mut connection = postgres::writer_connection(&self.config.database)
                .await
                .map_err(Failure::Connect)?;
            connection.execute(SESSION).await.map_err(Failure::Database)?;
            Ok(connection)
        };
        self.connection = Some(
            timeout_at(deadline, connecting)
                .await
                .unwrap_or(Err(Failure::Slow))?,
        );
        Ok(())
    }

    /// One statement, one commit, and a look at the keys that came before. A connection whose statement failed for
    /// another reason than a value, or was cut off, is not used again.
    async fn write_part(&mut self, part: &[Entry], deadline: Instant) -> Result<Answers, Failure> {
        let rows: Vec<&SignupRow> = part.iter().map(|entry| &entry.row).collect();
        let mut connection = self.connection.take().ok_or(Failure::Slow)?;
        let timer = self.metrics.batch_seconds.start_timer();
        let seconds = self.config.republish_after.as_secs_f64();
        let writing = write_once_more(&mut connection, &rows, seconds);
        let written = match timeout_at(deadline, writing).await {
            Ok(written) => written,
            Err(_) => return Err(Failure::Slow),
        };
        timer.observe_duration();
        let written = match written {
            Ok(written) => written,
            Err(error) => {
                if postgres::is_data_error(&error) {
                    self.connection = Some(connection);
                }
                return Err(Failure::Database(error));
            }
        };
        self.metrics.batch_size.observe(rows.len() as f64);
        self.wake.notify();
        let mut answers = Answers::of_written(&written);
        if written.len() < rows.len() {
            let keys = answers.keys_that_came_before(&rows);
            // Where this fails, these few are told to try again; the others are durable.
            if let Ok(Ok(known)) = timeout_at(deadline, known_keys(&mut connection, &keys)).await {
                answers.add_known(known);
            } else {
                return Ok(answers);
            }
        }
        self.connection = Some(connection);
        Ok(answers)
    }

    fn answer(&self, part: Vec<Entry>, answers: &Answers) {
        for entry in part {
            let answer = answers.of(&entry.row, &self.metrics);
            entry.reply(answer);
        }
    }

    /// A single row that the database refuses: a check in front of the queue is missing.
    fn refuse(&self, part: Vec<Entry>, error: &sqlx::Error) {
        let sqlstate = sqlstate(error);
        tracing::error!(sqlstate, "a signup was refused by the database");
        for entry in part {
            self.metrics.signups.refused.inc();
            let sqlstate = sqlstate.clone();
            entry.reply(Err(Error::Refused { sqlstate }));
        }
    }

    fn give_up(&self, part: Vec<Entry>, failure: &Failure) {
        tracing::warn!(signups = part.len(), %failure, "signups could not be written");
        for entry in part {
            self.metrics.signups.unavailable.inc();
            entry.reply(Err(Error::OutcomeUnknown));
        }
    }
}

/// Writes the rows; once more if the server gave the transaction up for another one.
async fn write_once_more(
    connection: &mut PgConnection,
    rows: &[&SignupRow],
    republish_after_seconds: f64,
) -> Result<Vec<Written>, sqlx::Error> {
    match write_signups(connection, rows, republish_after_seconds).await {
        Err(error) if postgres::is_serialization(&error) => {
            write_signups(connection, rows, republish_after_seconds).await
        }
        outcome => outcome,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow => f.write_str("the database did not answer in time"),
            // The server's own words may quote what it was given.
            Self::Database(error @ sqlx::Error::Database(_)) => write!(f, "SQLSTATE {}", sqlstate(error)),
            Self::Database(error) => error.fmt(f),
            Self::Connect(error) => error.fmt(f),
        }
    }
}
