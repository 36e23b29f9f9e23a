use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::Registry;
use tokio::task::JoinSet;
use uuid::Uuid;

use ::kafka::{ConsumerMetrics, ConsumerSpec, Handler, KafkaConfig, Later, Received, Verdict, consume};
use lifecycle::CancellationToken;

use crate::wait_for;

/// How long a record may take from a producer to here.
const DEADLINE: Duration = Duration::from_secs(60);

/// Everything that is on a topic, in a growing list; ends with this value.
pub struct TopicTail {
    topic: &'static str,
    seen: Arc<Mutex<Vec<Received>>>,
    stop: CancellationToken,
    reader: JoinSet<()>,
}

struct Collector(Arc<Mutex<Vec<Received>>>);

impl Handler for Collector {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Later> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(batch);
        Ok(vec![Verdict::Done; batch.len()])
    }
}

impl TopicTail {
    pub(crate) fn start(config: KafkaConfig, topic: &str) -> TopicTail {
        // A consumer wants names that live for ever; a test leaks a few bytes for it.
        let topic: &'static str = topic.to_owned().leak();
        let group: &'static str = format!("tail-{}", Uuid::now_v7().simple()).leak();
        let spec = ConsumerSpec {
            group,
            topics: vec![topic].leak(),
            batch: 100,
        };
        let metrics = ConsumerMetrics::register(&Registry::new()).expect("a fresh registry");
        let (seen, stop) = (Arc::default(), CancellationToken::new());
        let collector = Arc::new(Collector(Arc::clone(&seen)));
        let mut reader = JoinSet::new();
        reader.spawn(consume(config, spec, collector, metrics, stop.clone()));
        TopicTail {
            topic,
            seen,
            stop,
            reader,
        }
    }

    /// What has been read so far; in order within each partition.
    pub fn records(&self) -> Vec<Received> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the records read so far are what the test expects, and returns them.
    ///
    /// # Panics
    /// With `what`, and how many records there are, when that takes longer than 60 s.
    pub async fn wait_for(&self, what: &str, mut expected: impl FnMut(&[Received]) -> bool) -> Vec<Received> {
        let what = format!("{what} (on {})", self.topic);
        wait_for(&what, DEADLINE, async || {
            Some(self.records()).filter(|records| expected(records))
        })
        .await
    }
}

impl Drop for TopicTail {
    fn drop(&mut self) {
        self.stop.cancel();
        self.reader.detach_all();
    }
}

impl fmt::Debug for TopicTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicTail")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}
