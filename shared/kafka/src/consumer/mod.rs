//! Records in, effects out.

mod handler;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use handler::{ConsumerSpec, Handler, Later, Verdict};

use crate::{ConsumerMetrics, KafkaConfig};

/// Consumes until `stop`.
pub async fn consume<H: Handler>(
    config: KafkaConfig,
    spec: ConsumerSpec,
    handler: Arc<H>,
    metrics: ConsumerMetrics,
    stop: CancellationToken,
) {
    let _ = (config, spec, handler, metrics, stop);
}
