//! Looking into the dead letters, without being a member of any group: nothing is committed, nothing is taken away.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError as Refusal, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::letter::{DeadLetter, Entry};
use crate::logs::Logs;
use crate::{KafkaConfig, KafkaError, Received, off_runtime};

/// A broker that says nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(10);
/// There is one partition, so that a number is enough to name a letter.
const ONLY_PARTITION: i32 = 0;

/// Reads the dead letters of a service.
pub struct DeadLetterReader {
    config: KafkaConfig,
    topic: String,
    consumer: Option<StreamConsumer<Logs>>,
}

impl DeadLetterReader {
    /// Opens the dead letters of the service whose client this is.
    ///
    /// # Errors
    /// [`KafkaError::Unavailable`] if no broker answers within 10 s, [`KafkaError::Unreadable`] if the topic is not
    /// there or has several partitions.
    pub async fn open(config: &KafkaConfig) -> Result<Self, KafkaError> {
        let logs = Logs {
            service: config.client_id,
        };
        // The service's own group, which it may use; a member of it this reader never becomes.
        let mut client = config.consumer(config.client_id);
        client.set("enable.partition.eof", "true");
        let consumer: StreamConsumer<Logs> = client
            .create_with_context(logs)
            .map_err(|error| KafkaError::client(&error))?;
        let topic = config.topic(&config.dead_letters());
        let (consumer, partitions) = count_partitions(consumer, topic.clone()).await?;
        let reader = Self {
            config: config.clone(),
            topic,
            consumer: Some(consumer),
        };
        match partitions {
            1 => Ok(reader),
            0 => Err(reader.unreadable("it does not exist")),
            more => Err(reader.unreadable(format!("it has {more} partitions instead of one"))),
        }
    }

    /// What `keep` makes of each letter that was not replayed, the oldest first.
    ///
    /// # Errors
    /// As [`DeadLetterReader::open`].
    pub async fn read<T>(&self, mut keep: impl FnMut(DeadLetter) -> Option<T>) -> Result<Vec<T>, KafkaError> {
        let mut kept = BTreeMap::new();
        self.scan(Offset::Beginning, |entry| {
            match entry {
                Entry::Letter(letter) => {
                    let number = letter.number;
                    kept.extend(keep(letter).map(|made| (number, made)));
                }
                Entry::Replayed(number) => drop(kept.remove(&number)),
            }
            true
        })
        .await?;
        Ok(kept.into_values().collect())
    }

    /// The letters of these numbers, in the order of their numbers; one that is gone is left out.
    ///
    /// # Errors
    /// As [`DeadLetterReader::open`].
    pub async fn take(&self, numbers: &BTreeSet<i64>) -> Result<Vec<DeadLetter>, KafkaError> {
        let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else {
            return Ok(Vec::new());
        };
        let mut taken = Vec::new();
        self.scan(Offset::Offset(first), |entry| match entry {
            Entry::Letter(letter) => {
                let is_before_last = letter.number < last;
                taken.extend(Some(letter).filter(|letter| numbers.contains(&letter.number)));
                is_before_last
            }
            Entry::Replayed(_) => true,
        })
        .await?;
        Ok(taken)
    }

    /// Reads up to the end, or until `each` says that it is enough.
    async fn scan(&self, from: Offset, mut each: impl FnMut(Entry) -> bool) -> Result<(), KafkaError> {
        let Some(consumer) = &self.consumer else {
            return Ok(());
        };
        let mut start = TopicPartitionList::new();
        start
            .add_partition_offset(&self.topic, ONLY_PARTITION, from)
            .and_then(|()| consumer.assign(&start))
            .map_err(|error| KafkaError::client(&error))?;
        loop {
            let found = tokio::time::timeout(PATIENCE, consumer.recv()).await;
            match found.map_err(|_| KafkaError::Unavailable("no answer in time".to_owned()))? {
                Ok(message) => {
                    if !each(Entry::of(Received::of(&self.config, &message))) {
                        return Ok(());
                    }
                }
                Err(Refusal::PartitionEOF(_)) => return Ok(()),
                Err(error) if heals(&error) => {}
                Err(error) => return Err(self.unreadable(error.to_string())),
            }
        }
    }

    fn unreadable(&self, reason: impl Into<String>) -> KafkaError {
        KafkaError::Unreadable {
            topic: self.topic.clone(),
            reason: reason.into(),
        }
    }
}

impl Drop for DeadLetterReader {
    fn drop(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            off_runtime::let_go(consumer);
        }
    }
}

impl std::fmt::Debug for DeadLetterReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetterReader")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

/// 0 where there is no such topic. Asking does not make it: consumers say so with each request.
async fn count_partitions(
    consumer: StreamConsumer<Logs>,
    topic: String,
) -> Result<(StreamConsumer<Logs>, usize), KafkaError> {
    let asked = off_runtime::run(PATIENCE, move || {
        let metadata = consumer.fetch_metadata(Some(&topic), PATIENCE);
        let count = |topics: &[rdkafka::metadata::MetadataTopic]| {
            topics.first().map_or(0, |topic| topic.partitions().len())
        };
        let partitions = metadata.map(|metadata| count(metadata.topics()));
        (consumer, partitions)
    });
    let (consumer, partitions) = asked
        .await
        .ok_or_else(|| KafkaError::Unavailable("no answer in time".to_owned()))?;
    match partitions {
        Ok(partitions) => Ok((consumer, partitions)),
        Err(error) => {
            off_runtime::let_go(consumer);
            Err(KafkaError::Unavailable(error.to_string()))
        }
    }
}

/// librdkafka reports it and goes on trying.
fn heals(error: &Refusal) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::Resolve
        )
    )
}
