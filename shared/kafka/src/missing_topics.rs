use contracts::topics;
use tokio_util::sync::CancellationToken;

use crate::{KafkaConfig, check_topics};

/// Says in the log which topics are missing. A service works without them: what it tells waits in its outbox.
pub async fn report_missing_topics(config: KafkaConfig, stop: CancellationToken) {
    let wanted = topics::all();
    let missing = tokio::select! {
        missing = check_topics(&config, &wanted) => missing,
        () = stop.cancelled() => return,
    };
    match missing {
        Ok(missing) if missing.is_empty() => {}
        Ok(missing) => tracing::warn!(
            ?missing,
            "topics are missing: run migrate with KAFKA_CREATE_TOPICS=true"
        ),
        Err(error) => tracing::warn!(%error, "it is not known whether topics are missing"),
    }
}
