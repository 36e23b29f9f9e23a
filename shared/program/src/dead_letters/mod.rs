//! `dead-letters list`, `show` and `replay`, the same for every service that consumes.

mod list;
mod listed;
mod replay;
mod show;
mod whose;

use std::collections::HashMap;

use clap::{Args, Subcommand};
use contracts::PersonId;
use kafka::KafkaConfig;
use settings::exit_code;
use time::OffsetDateTime;

use self::list::List;
use self::replay::Replay;
use self::show::Show;
use crate::{Failure, Outcome};

/// What to do about the dead letters; `S` are the settings of the service.
#[derive(Debug, Subcommand)]
pub enum Command<S: Args> {
    /// List what was set aside and not replayed, the oldest first: number, where it was, type, event id, attempts,
    /// age, why
    List(Box<List<S>>),
    /// Show one of them: why it was set aside, its headers, and its value if that is asked for
    Show(Box<Show<S>>),
    /// Publish them again where they were, as the same events, once what set them aside is mended. Events of people
    /// who were erased since are left out
    Replay(Box<Replay<S>>),
}

/// When each of these people was erased here, if they were.
pub type Erased = HashMap<PersonId, OffsetDateTime>;

impl<S: Args> Command<S> {
    /// The settings of the service that the command works for.
    pub fn settings(&self) -> &S {
        match self {
            Self::List(list) => &list.settings,
            Self::Show(show) => &show.settings,
            Self::Replay(replay) => &replay.settings,
        }
    }
}

/// Runs the command on the dead letters of the service whose Kafka client this is. `erased` tells who was erased.
///
/// # Errors
/// A number that is not there (64), Kafka that does not answer (69), what `erased` says.
pub async fn run<S: Args>(
    command: &Command<S>,
    kafka: &KafkaConfig,
    erased: impl AsyncFn(Vec<PersonId>) -> Result<Erased, Failure>,
) -> Outcome {
    match command {
        Command::List(list) => list.run(kafka).await,
        Command::Show(show) => show.run(kafka).await,
        Command::Replay(replay) => replay.run(kafka, erased).await,
    }
}

fn unreachable(error: &kafka::KafkaError) -> Failure {
    Failure::new(exit_code::UNAVAILABLE, error)
}

fn not_there(number: i64) -> Failure {
    let words = format!("{number} is not there, or was replayed already: see `dead-letters list`");
    Failure::new(exit_code::USAGE, words)
}
