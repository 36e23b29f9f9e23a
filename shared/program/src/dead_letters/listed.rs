use std::fmt;
use std::time::Duration;

use contracts::EventHeaders;
use kafka::DeadLetter;
use serde::Serialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::whose::{Whose, whose};
use crate::elapsed;

/// Characters of a reason that a list shows.
const REASON_MAX: usize = 100;

/// A letter as a list shows it: nothing of its key, its headers' texts and its value but what names the event.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Listed {
    pub(super) number: i64,
    topic: String,
    partition: i32,
    offset: i64,
    event_type: Option<String>,
    event_id: Option<Uuid>,
    attempts: u32,
    age_seconds: u64,
    reason: String,
    /// When the record came; the letter is kept for as long as it would have been.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) time: OffsetDateTime,
    #[serde(skip)]
    pub(super) happened: OffsetDateTime,
    #[serde(skip)]
    pub(super) whose: Whose,
    #[serde(skip)]
    pub(super) bytes: usize,
    #[serde(skip)]
    pub(super) is_whole: bool,
}

impl Listed {
    pub(super) fn of(letter: &DeadLetter) -> Self {
        let record = &letter.record;
        let time = moment(record.timestamp);
        let headers = EventHeaders::parse(&record.headers).ok();
        let age = (OffsetDateTime::now_utc() - time).whole_seconds();
        Self {
            number: letter.number,
            topic: printable(record.topic.as_bytes()),
            partition: record.partition,
            offset: record.offset,
            event_type: record.header("ce_type").map(printable),
            event_id: record
                .header("ce_id")
                .and_then(|id| Uuid::try_parse_ascii(id).ok()),
            attempts: letter.attempts,
            age_seconds: u64::try_from(age).unwrap_or(0),
            reason: printable(letter.reason.as_bytes()),
            time,
            happened: headers.as_ref().map_or(time, |headers| headers.time),
            whose: whose(record, headers.as_ref()),
            bytes: record.payload.as_ref().map_or(0, Vec::len),
            is_whole: letter.is_whole,
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.event_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let reason: String = self.reason.chars().take(REASON_MAX).collect();
        write!(
            f,
            "{}\t{}/{}/{}\t{}\t{id}\t{}\t{}\t{reason}",
            self.number,
            self.topic,
            self.partition,
            self.offset,
            self.event_type.as_deref().unwrap_or("-"),
            self.attempts,
            elapsed(Duration::from_secs(self.age_seconds)),
        )
    }
}

/// Of milliseconds since 1970; a record without a time, which no broker of today has, is as old as can be.
pub(super) fn moment(timestamp: Option<i64>) -> OffsetDateTime {
    let nanoseconds = i128::from(timestamp.unwrap_or(0)) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Text that does nothing to a terminal.
pub(super) fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
