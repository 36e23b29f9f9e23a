//! What goes to Kafka and what comes back. `Debug` of both shows where, never what.

use std::fmt;

use contracts::Event;
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};

use crate::KafkaConfig;

/// A record to produce.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Our name of the topic, without the prefix.
    pub topic: String,
    pub key: Option<Vec<u8>>,
    /// `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
    /// Milliseconds since 1970; `None` is now.
    pub timestamp: Option<i64>,
}

impl From<Event> for Record {
    fn from(event: Event) -> Self {
        let headers = event.headers();
        Self {
            topic: event.topic,
            key: Some(event.key.into_bytes()),
            payload: event.payload,
            headers: headers
                .into_iter()
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            timestamp: None,
        }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

/// A record that was consumed.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// Our name of the topic, without the prefix.
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
    pub key: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
    /// `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
}

impl Received {
    /// What the client holds, as a value of its own.
    pub(crate) fn of(config: &KafkaConfig, message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map_or_else(Vec::new, |headers| {
            headers
                .iter()
                .map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec()))
                .collect()
        });
        Self {
            topic: config.unprefixed(message.topic()).to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            headers,
            payload: message.payload().map(<[u8]>::to_vec),
        }
    }

    /// The value of the first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_slice())
    }

    /// Bytes that it holds in memory, about.
    pub(crate) fn size(&self) -> usize {
        let headers: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        headers
            + self.topic.len()
            + self.key.as_ref().map_or(0, Vec::len)
            + self.payload.as_ref().map_or(0, Vec::len)
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
