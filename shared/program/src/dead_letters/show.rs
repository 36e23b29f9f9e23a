use std::io::{self, Write};

use clap::Args;
use kafka::{DeadLetter, DeadLetterReader, KafkaConfig};

use super::listed::{moment, printable};
use super::{not_there, unreachable};
use crate::Outcome;

/// Arguments of `dead-letters show`.
#[derive(Debug, Args)]
pub struct Show<S: Args> {
    /// Its number in the list
    number: i64,
    /// Show its value, too: it may hold personal data
    #[arg(long)]
    payload: bool,
    #[command(flatten)]
    pub(super) settings: S,
}

impl<S: Args> Show<S> {
    pub(super) async fn run(&self, kafka: &KafkaConfig) -> Outcome {
        let reader = DeadLetterReader::open(kafka)
            .await
            .map_err(|error| unreachable(&error))?;
        let found = reader
            .read(|letter| (letter.number == self.number).then_some(letter))
            .await
            .map_err(|error| unreachable(&error))?;
        let letter = found.first().ok_or_else(|| not_there(self.number))?;
        let mut out = io::stdout().lock();
        describe(&mut out, letter)?;
        let Some(payload) = &letter.record.payload else {
            writeln!(out, "value: none")?;
            return Ok(());
        };
        if self.payload {
            writeln!(out, "value:\n{}", readable(payload))?;
        } else {
            writeln!(out, "value: {} bytes; --payload shows them", payload.len())?;
        }
        Ok(())
    }
}

fn describe(out: &mut impl Write, letter: &DeadLetter) -> io::Result<()> {
    let record = &letter.record;
    let place = (&record.topic, record.partition, record.offset);
    writeln!(out, "number: {}", letter.number)?;
    writeln!(out, "reason: {}", printable(letter.reason.as_bytes()))?;
    writeln!(
        out,
        "from: {}, partition {}, offset {}",
        place.0, place.1, place.2
    )?;
    writeln!(out, "time: {}", moment(record.timestamp))?;
    writeln!(out, "attempts: {}", letter.attempts)?;
    if !letter.is_whole {
        writeln!(
            out,
            "its value was too large for the dead letters: it is where it came from"
        )?;
    }
    writeln!(
        out,
        "key: {}",
        record.key.as_deref().map_or("none".to_owned(), printable)
    )?;
    for (name, value) in &record.headers {
        writeln!(out, "{}: {}", printable(name.as_bytes()), printable(value))?;
    }
    Ok(())
}

/// JSON on several lines, anything else as the text that it is or is not.
fn readable(payload: &[u8]) -> String {
    let json = serde_json::from_slice::<serde_json::Value>(payload);
    let lines = match json {
        Ok(json) => format!("{json:#}"),
        Err(_) => String::from_utf8_lossy(payload).into_owned(),
    };
    let lines: Vec<String> = lines.lines().map(|line| printable(line.as_bytes())).collect();
    lines.join("\n")
}
