//! Every metric of a consumer; the README lists them with their labels.

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};

use crate::consumer::Verdict;

/// The metrics of a service's consumer, cheap to clone.
#[derive(Debug, Clone)]
pub struct ConsumerMetrics {
    records: IntCounterVec,
    dead_letters: IntCounterVec,
    retries: IntCounterVec,
    panics: IntCounter,
    rebalances: IntCounter,
    lag: IntGaugeVec,
}

impl ConsumerMetrics {
    /// Registers them. Once a registry.
    ///
    /// # Errors
    /// [`prometheus::Error`] if they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            records: IntCounterVec::new(
                Opts::new(
                    "leadstream_consumer_records_total",
                    "Records handled, by topic and outcome",
                ),
                &["topic", "outcome"],
            )?,
            dead_letters: IntCounterVec::new(
                Opts::new(
                    "leadstream_dead_letters_total",
                    "Records set aside as dead letters, by topic",
                ),
                &["topic"],
            )?,
            retries: IntCounterVec::new(
                Opts::new(
                    "leadstream_consumer_retries_total",
                    "Batches handed in again, by topic of their first record",
                ),
                &["topic"],
            )?,
            panics: IntCounter::new("leadstream_consumer_panics_total", "Panics of the handler")?,
            rebalances: IntCounter::new(
                "leadstream_consumer_rebalances_total",
                "Changes of the assigned partitions",
            )?,
            lag: IntGaugeVec::new(
                Opts::new(
                    "leadstream_consumer_lag",
                    "Records not handled yet, by topic and partition",
                ),
                &["topic", "partition"],
            )?,
        };
        registry.register(Box::new(metrics.records.clone()))?;
        registry.register(Box::new(metrics.dead_letters.clone()))?;
        registry.register(Box::new(metrics.retries.clone()))?;
        registry.register(Box::new(metrics.panics.clone()))?;
        registry.register(Box::new(metrics.rebalances.clone()))?;
        registry.register(Box::new(metrics.lag.clone()))?;
        Ok(metrics)
    }

    /// Lets every series of these topics start at 0, so that the first increase is seen as one.
    pub(crate) fn start(&self, topics: &[&str]) {
        for topic in topics {
            for outcome in ["done", "skipped", "parked"] {
                self.records.with_label_values(&[topic, outcome]);
            }
            self.dead_letters.with_label_values(&[topic]);
            self.retries.with_label_values(&[topic]);
        }
    }

    pub(crate) fn handled(&self, topic: &str, verdict: &Verdict) {
        let outcome = match verdict {
            Verdict::Done => "done",
            Verdict::Skipped => "skipped",
            Verdict::Park(_) => "parked",
        };
        self.records.with_label_values(&[topic, outcome]).inc();
        if outcome == "parked" {
            self.dead_letters.with_label_values(&[topic]).inc();
        }
    }

    pub(crate) fn retried(&self, topic: &str) {
        self.retries.with_label_values(&[topic]).inc();
    }

    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }

    pub(crate) fn rebalanced(&self) {
        self.rebalances.inc();
        self.lag.reset();
    }

    pub(crate) fn lag(&self, topic: &str, partition: i32, records: i64) {
        let partition = partition.to_string();
        self.lag.with_label_values(&[topic, &partition]).set(records);
    }
}
