//! The way in: a record that can never be handled becomes a dead letter.

use std::time::Duration;

use super::{OFFSET, PARTITION, REASON, TOPIC, VALUE};
use crate::{KafkaConfig, Producer, Received, Record};

const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// Writes dead letters. Its producer is made when the first one is due: most processes never need it.
pub(crate) struct DeadLetters {
    config: KafkaConfig,
    topic: String,
    producer: Option<Producer>,
}

impl DeadLetters {
    pub(crate) fn new(config: KafkaConfig) -> Self {
        let topic = config.dead_letters();
        Self {
            config,
            topic,
            producer: None,
        }
    }

    /// A record as a dead letter: its key, value, headers and time, and why.
    pub(crate) fn letter(&self, record: &Received, reason: &str) -> Record {
        let mut headers = record.headers.clone();
        headers.push((REASON.to_owned(), reason.as_bytes().to_vec()));
        headers.push((TOPIC.to_owned(), record.topic.clone().into_bytes()));
        headers.push((PARTITION.to_owned(), record.partition.to_string().into_bytes()));
        headers.push((OFFSET.to_owned(), record.offset.to_string().into_bytes()));
        Record {
            topic: self.topic.clone(),
            key: record.key.clone(),
            payload: record.payload.clone(),
            headers,
            timestamp: record.timestamp,
        }
    }

    /// Writes them, and returns those that must be tried again.
    pub(crate) async fn write(&mut self, letters: Vec<Record>) -> Vec<Record> {
        let producer = match self
            .producer
            .take()
            .map_or_else(|| Producer::new(&self.config), Ok)
        {
            Ok(producer) => producer,
            Err(error) => {
                tracing::error!(service = self.config.client_id, %error, "no producer for dead letters");
                return letters;
            }
        };
        let results = producer.send_all(letters.clone()).await;
        let mut left = Vec::new();
        let mut is_fatal = false;
        for (letter, result) in letters.into_iter().zip(results) {
            let Err(error) = result else { continue };
            tracing::warn!(service = self.config.client_id, %error, "dead letter not written");
            is_fatal |= error.is_fatal();
            left.push(if error.is_too_large() {
                without_value(letter)
            } else {
                letter
            });
        }
        self.producer = Some(producer).filter(|_| !is_fatal);
        left
    }

    pub(crate) async fn close(self) {
        if let Some(producer) = self.producer {
            producer.close(CLOSE_DEADLINE).await;
        }
    }
}

fn without_value(mut letter: Record) -> Record {
    if letter.payload.take().is_some() {
        letter.headers.push((VALUE.to_owned(), b"too large".to_vec()));
    }
    letter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Security;

    #[test]
    fn a_dead_letter_is_the_record_with_its_place_and_the_reason() {
        let letters = DeadLetters::new(KafkaConfig {
            bootstrap_servers: String::new(),
            topic_prefix: String::new(),
            group_prefix: String::new(),
            client_id: "notification",
            security: Security::default(),
        });
        let record = Received {
            topic: "signup.events".to_owned(),
            partition: 3,
            offset: 71,
            timestamp: Some(1_700_000_000_000),
            key: Some(b"key".to_vec()),
            headers: vec![("ce_id".to_owned(), b"id".to_vec())],
            payload: None,
        };
        let letter = letters.letter(&record, "newer version");
        let headers: Vec<(&str, &[u8])> = letter
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        assert_eq!(
            headers,
            [
                ("ce_id", b"id".as_slice()),
                ("parked_reason", b"newer version"),
                ("parked_topic", b"signup.events"),
                ("parked_partition", b"3"),
                ("parked_offset", b"71"),
            ]
        );
        assert_eq!(letter.topic, "notification.dead-letters");
        assert_eq!(
            (letter.key, letter.payload, letter.timestamp),
            (record.key, record.payload, record.timestamp)
        );
    }
}
