//! The way back: a letter becomes a record of its topic again.

use std::time::Duration;

use super::NOTE;
use super::letter::DeadLetter;
use crate::{KafkaConfig, KafkaError, ProduceError, Producer, Record};

/// Publishes dead letters again.
#[derive(Debug)]
pub struct Replayer {
    producer: Producer,
    topic: String,
}

impl Replayer {
    /// For the dead letters of the service whose client this is. No broker has to be there.
    ///
    /// # Errors
    /// [`KafkaError::Client`] if a setting is refused.
    pub fn new(config: &KafkaConfig) -> Result<Self, KafkaError> {
        Ok(Self {
            producer: Producer::new(config)?,
            topic: config.dead_letters(),
        })
    }

    /// Publishes each letter where it was, as the same event, and then notes in the dead letters that it was replayed.
    /// Everybody who reads that topic gets it, who must bear it twice as any other event.
    ///
    /// An error for a letter means that it may be published or not: it stays in the list, to be replayed again.
    pub async fn replay(&self, letters: &[DeadLetter]) -> Vec<Result<(), ProduceError>> {
        let records = letters.iter().map(DeadLetter::again).collect();
        let published = self.producer.send_all(records).await;
        let replayed = letters.iter().zip(&published).filter(|(_, sent)| sent.is_ok());
        let notes = replayed.map(|(letter, _)| self.note(letter)).collect();
        let mut noted = self.producer.send_all(notes).await.into_iter();
        let and_noted = |sent: Result<(), ProduceError>| sent.and_then(|()| noted.next().unwrap_or(Ok(())));
        published.into_iter().map(and_noted).collect()
    }

    /// It has the time of now, and a letter that of its record: it is there for as long as the letter is.
    fn note(&self, letter: &DeadLetter) -> Record {
        Record {
            topic: self.topic.clone(),
            key: None,
            payload: None,
            headers: vec![(NOTE.to_owned(), letter.number.to_string().into_bytes())],
            timestamp: None,
        }
    }

    /// Lets the client go, within a deadline.
    pub async fn close(self, deadline: Duration) {
        self.producer.close(deadline).await;
    }
}
