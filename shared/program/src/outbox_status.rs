//! `outbox status`, the same for every service.

use std::io::{self, Write};
use std::time::Duration;

use clap::{Args, Subcommand};
use outbox::{Beat, OutboxStatus, TopicStatus};
use postgres::{DatabaseConfig, PostgresError};
use settings::exit_code;

use crate::{Failure, Outcome, elapsed};

/// What to ask of the outbox; `S` are the settings of the service.
#[derive(Debug, Subcommand)]
pub enum OutboxCommand<S: Args> {
    /// Say what waits to be published, by topic, for how long, and what Kafka says where it takes nothing
    Status(Box<Status<S>>),
}

/// Arguments of `outbox status`.
#[derive(Debug, Args)]
pub struct Status<S: Args> {
    /// Answer as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: S,
}

impl<S: Args> OutboxCommand<S> {
    /// The settings of the service that the command works for.
    pub fn settings(&self) -> &S {
        let Self::Status(status) = self;
        &status.settings
    }

    /// Runs the command on this database.
    ///
    /// # Errors
    /// The database is not ours (64), or does not answer (69).
    pub async fn run(&self, database: &DatabaseConfig) -> Outcome {
        let Self::Status(args) = self;
        let status = outbox::status(database).await.map_err(|error| failure(&error))?;
        let mut out = io::stdout().lock();
        if args.json {
            serde_json::to_writer_pretty(&mut out, &status).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            write!(out, "{}", words(&status))?;
        }
        Ok(())
    }
}

fn failure(error: &PostgresError) -> Failure {
    let code = if error.is_wrong_setting() {
        exit_code::USAGE
    } else {
        exit_code::UNAVAILABLE
    };
    Failure::caused_by(code, error)
}

fn words(status: &OutboxStatus) -> String {
    let mut lines: Vec<String> = status.topics.iter().map(topic).collect();
    if lines.is_empty() {
        lines.push("nothing waits to be published".to_owned());
    }
    lines.push(
        status
            .publisher
            .as_ref()
            .map_or("nobody has ever published".to_owned(), publisher),
    );
    lines.join("\n") + "\n"
}

fn topic(status: &TopicStatus) -> String {
    let (topic, unsent) = (&status.topic, status.unsent);
    let mut words = format!("{topic}: {unsent} unsent");
    if let Some(age) = status.oldest_unsent_age_seconds {
        words += &format!(", the oldest for {}", ago(age));
    }
    if let (Some(time), Some(failures)) = (status.failing_for_seconds, status.failures) {
        let error = status.last_error.as_deref().unwrap_or_default();
        words += &format!("; failing for {} ({failures} times): {error}", ago(time));
    }
    words
}

fn publisher(beat: &Beat) -> String {
    format!(
        "published by {}, whose last beat was {} ago",
        beat.holder,
        ago(beat.beat_age_seconds)
    )
}

/// Clocks are set: an age below nothing is none.
fn ago(seconds: f64) -> String {
    elapsed(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}
