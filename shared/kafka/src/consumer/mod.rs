//! Records in, effects out.
//!
//! `poll` is the thread that keeps us a member of the group, `intake` the bounded queue behind it, `worker` the task
//! that asks the handler, `silence` the look for records that do not come. Only offsets of finished batches go back, and
//! only while their partitions are ours.

mod handler;
mod intake;
mod membership;
mod poll;
mod silence;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use handler::{ConsumerSpec, Handler, Later, Verdict};
use poll::Poller;
use worker::Worker;

use crate::dead_letters::DeadLetters;
use crate::{ConsumerMetrics, KafkaConfig};

/// Pause before a consumer that failed for good is made anew.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Consumes topics until `stop`, then brings the batch under way to its end, commits and leaves the group.
///
/// Each record is handled at least once, in the order of its partition. Brokers and topics may be absent for as long
/// as they like, also at the start; a log that was lost or made anew is read from its beginning.
pub async fn consume<H: Handler>(
    config: KafkaConfig,
    spec: ConsumerSpec,
    handler: Arc<H>,
    metrics: ConsumerMetrics,
    stop: CancellationToken,
) {
    metrics.start(spec.topics);
    let mut worker = Worker {
        spec,
        handler,
        dead_letters: DeadLetters::new(config.clone()),
        metrics,
        stop,
    };
    while !worker.stop.is_cancelled() {
        match Poller::start(&config, &spec, &worker.metrics) {
            Ok(poller) => {
                worker.run(poller.intake()).await;
                poller.close().await;
            }
            Err(error) => tracing::error!(group = spec.group, %error, "cannot consume"),
        }
        tokio::select! {
            () = tokio::time::sleep(RESTART_PAUSE) => {}
            () = worker.stop.cancelled() => {}
        }
    }
    worker.dead_letters.close().await;
}
