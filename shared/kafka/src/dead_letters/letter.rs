//! What lies in the dead letters, read.

use std::fmt;

use super::{NOTE, OFFSET, PARTITION, REASON, REPLAYED, TOPIC, VALUE};
use crate::{Received, Record};

/// A record that was set aside. `Debug` shows where it was and why it is here, never what it holds.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it is called by: its offset in the dead letters.
    pub number: i64,
    /// Why it was set aside; holds no personal data.
    pub reason: String,
    /// How often the service was given it: once, and once more for each replay.
    pub attempts: u32,
    /// False where the value was too large for the dead letters and is only where the record was.
    pub is_whole: bool,
    /// The record as it was, where it was.
    pub record: Received,
}

/// One record of the topic.
pub(super) enum Entry {
    Letter(DeadLetter),
    /// The letter of this number was replayed.
    Replayed(i64),
}

impl Entry {
    pub(super) fn of(found: Received) -> Self {
        match number(&found, NOTE) {
            Some(letter) => Self::Replayed(letter),
            None => Self::Letter(DeadLetter::of(found)),
        }
    }
}

impl DeadLetter {
    /// What somebody else wrote into the topic is a letter, too, from nowhere.
    fn of(mut found: Received) -> Self {
        let number_here = found.offset;
        let reason = text(&found, REASON).unwrap_or_else(|| "not told".to_owned());
        let replays = number(&found, REPLAYED).and_then(|replays| u32::try_from(replays).ok());
        let is_whole = last(&found, VALUE).is_none();
        let topic = text(&found, TOPIC).unwrap_or_default();
        let partition = number(&found, PARTITION).and_then(|partition| i32::try_from(partition).ok());
        let (partition, offset) = (partition.unwrap_or(-1), number(&found, OFFSET).unwrap_or(-1));
        let added = [REASON, TOPIC, PARTITION, OFFSET, VALUE, REPLAYED];
        found.headers.retain(|(name, _)| !added.contains(&name.as_str()));
        Self {
            number: number_here,
            reason,
            attempts: replays.unwrap_or(0).saturating_add(1),
            is_whole,
            record: Received {
                topic,
                partition,
                offset,
                ..found
            },
        }
    }

    /// The record to publish again: the same key, headers and value, so the same event.
    pub(super) fn again(&self) -> Record {
        let mut headers = self.record.headers.clone();
        headers.push((REPLAYED.to_owned(), self.attempts.to_string().into_bytes()));
        Record {
            topic: self.record.topic.clone(),
            key: self.record.key.clone(),
            payload: self.record.payload.clone(),
            headers,
            timestamp: None,
        }
    }
}

impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("number", &self.number)
            .field("reason", &self.reason)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

/// The last one counts: ours are written behind whatever the record brought.
fn last<'a>(record: &'a Received, name: &str) -> Option<&'a [u8]> {
    let mut headers = record.headers.iter().rev();
    headers
        .find(|(header, _)| header == name)
        .map(|(_, value)| value.as_slice())
}

fn text(record: &Received, name: &str) -> Option<String> {
    Some(String::from_utf8_lossy(last(record, name)?).into_owned())
}

fn number(record: &Received, name: &str) -> Option<i64> {
    std::str::from_utf8(last(record, name)?).ok()?.parse().ok()
}
