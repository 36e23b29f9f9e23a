//! A consumer that has fallen silent: there are records, and none comes.
//!
//! Where the log of a cluster was made anew, librdkafka 2 can wait for ever: it believes no leader whose epoch is lower
//! than the last it saw, and says nothing of it. A new consumer knows no epochs.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};

use super::membership::Membership;

/// So long without a record, and it is asked whether there are any. Twice that, and the consumer gives way.
const PATIENCE: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_secs(1);

/// Looks for records that do not come, on the thread that polls.
pub(super) struct Silence {
    since: Instant,
    /// What was missed at the last look; the next one may find that it has come.
    missed: Option<TopicPartitionList>,
}

impl Silence {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            missed: None,
        }
    }

    /// Something came, or nothing is wanted.
    pub(super) fn ends(&mut self) {
        *self = Self::new();
    }

    /// Whether the consumer misses records, at two looks in a row without one coming between them. While no broker
    /// answers nothing is known.
    pub(super) fn is_deaf(&mut self, consumer: &BaseConsumer<Membership>) -> bool {
        if self.since.elapsed() < PATIENCE {
            return false;
        }
        self.since = Instant::now();
        let missed = missed(consumer).ok().filter(|missed| missed.count() > 0);
        let before = std::mem::replace(&mut self.missed, missed);
        let still_missed = |before: &TopicPartitionList| {
            let now = self.missed.iter().flat_map(TopicPartitionList::elements);
            now.into_iter()
                .any(|now| before.find_partition(now.topic(), now.partition()).is_some())
        };
        before.is_some_and(|before| still_missed(&before))
    }
}

/// Our partitions whose next record is not where the log ends.
fn missed(consumer: &BaseConsumer<Membership>) -> KafkaResult<TopicPartitionList> {
    let ours = consumer.assignment()?;
    let read = consumer.position()?;
    let committed = consumer.committed_offsets(ours.clone(), ANSWER)?;
    let mut missed = TopicPartitionList::new();
    for part in ours.elements() {
        let (topic, partition) = (part.topic(), part.partition());
        let (first, end) = consumer.fetch_watermarks(topic, partition, ANSWER)?;
        let next = offset(&read, topic, partition).or_else(|| offset(&committed, topic, partition));
        if next.unwrap_or(first).max(first) != end {
            missed.add_partition(topic, partition);
        }
    }
    Ok(missed)
}

fn offset(list: &TopicPartitionList, topic: &str, partition: i32) -> Option<i64> {
    match list.find_partition(topic, partition)?.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    }
}
