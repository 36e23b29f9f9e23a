use std::io::{self, Write};

use clap::Args;
use kafka::{DeadLetterReader, KafkaConfig};

use super::listed::Listed;
use super::unreachable;
use crate::Outcome;

/// Arguments of `dead-letters list`.
#[derive(Debug, Args)]
pub struct List<S: Args> {
    /// Answer as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) settings: S,
}

impl<S: Args> List<S> {
    pub(super) async fn run(&self, kafka: &KafkaConfig) -> Outcome {
        let reader = DeadLetterReader::open(kafka)
            .await
            .map_err(|error| unreachable(&error))?;
        let letters = reader.read(|letter| Some(Listed::of(&letter))).await;
        let letters = letters.map_err(|error| unreachable(&error))?;
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &letters).map_err(io::Error::from)?;
            writeln!(out)?;
            return Ok(());
        }
        for letter in &letters {
            writeln!(out, "{letter}")?;
        }
        Ok(())
    }
}
