//! Our part in a consumer group: what to do when partitions come and go, and what librdkafka tells meanwhile.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::statistics::{Partition, Statistics};
use rdkafka::{Offset, TopicPartitionList};

use super::intake::{Intake, Offsets};
use crate::{ConsumerMetrics, KafkaConfig, logs};

/// What librdkafka calls the line that tells of brokers which now belong to another cluster.
const OTHER_CLUSTER: &str = "CLUSTERID";
/// How long partitions that are wanted elsewhere are held for a batch under way. The group waits meanwhile.
const REVOKE_PATIENCE: Duration = Duration::from_secs(3);

/// The context of a consumer. All of it but the log runs on the thread that polls.
pub(super) struct Membership {
    pub(super) config: KafkaConfig,
    pub(super) intake: Arc<Intake>,
    pub(super) metrics: ConsumerMetrics,
}

impl Membership {
    /// Ends this consumer, so that a new one takes its place. Where the cluster was made anew, an old one can wait for the
    /// leaders of its partitions for ever: librdkafka 2 believes no leader whose epoch is lower than the last it saw.
    pub(super) fn give_way(&self, why: &'static str) {
        tracing::warn!(
            service = self.config.client_id,
            why,
            "a new Kafka consumer takes over"
        );
        self.intake.close();
    }

    /// Commits in the background. A commit that gets lost costs records that come twice.
    pub(super) fn commit(&self, consumer: &BaseConsumer<Self>, offsets: &Offsets) {
        if offsets.is_empty() {
            return;
        }
        let mut list = TopicPartitionList::new();
        for (topic, partitions) in offsets {
            let topic = self.config.topic(topic);
            for (partition, next) in partitions {
                let added = list.add_partition_offset(&topic, *partition, Offset::Offset(*next));
                debug_assert!(added.is_ok(), "an offset is not negative");
            }
        }
        if let Err(error) = consumer.commit(&list, CommitMode::Async) {
            tracing::warn!(service = self.config.client_id, %error, "offsets not committed");
        }
    }
}

impl ConsumerContext for Membership {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(_) = rebalance {
            // Partitions that are lost belong to somebody else already: there is nothing to wait for or to commit. Or the
            // group is gone with the whole log, and what this consumer knows of its topics is of no use.
            if consumer.assignment_lost() {
                self.intake.revoke(Duration::ZERO);
                self.give_way("its place in the group is lost");
            } else {
                let handled = self.intake.revoke(REVOKE_PATIENCE);
                self.commit(consumer, &handled);
            }
        }
    }

    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        self.metrics.rebalanced();
        let service = self.config.client_id;
        match rebalance {
            Rebalance::Assign(list) => {
                tracing::info!(service, partitions = list.count(), "partitions assigned");
            }
            Rebalance::Revoke(list) => {
                tracing::info!(service, partitions = list.count(), "partitions revoked");
            }
            Rebalance::Error(error) => tracing::warn!(service, %error, "partitions not assigned"),
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        let Err(error) = result else { return };
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::NoOffset) {
            tracing::warn!(service = self.config.client_id, %error, "offsets not committed");
        }
    }
}

impl ClientContext for Membership {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        logs::line(self.config.client_id, level, facility, message);
        if facility == OTHER_CLUSTER {
            self.give_way("the Kafka cluster is another one");
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        logs::trouble(self.config.client_id, &error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        for (name, topic) in &statistics.topics {
            for partition in topic.partitions.values() {
                if let Some(records) = lag(partition) {
                    self.metrics
                        .lag(self.config.unprefixed(name), partition.partition, records);
                }
            }
        }
    }
}

/// Records of our partition that were not handled yet: all of them where nothing was committed.
fn lag(partition: &Partition) -> Option<i64> {
    let known = partition.desired && partition.hi_offset >= 0;
    let handled = partition.committed_offset.max(partition.lo_offset).max(0);
    known.then(|| (partition.hi_offset - handled).max(0))
}
