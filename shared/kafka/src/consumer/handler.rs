//! What a service gives to a consumer.

use std::future::Future;

use crate::Received;

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its effect is durable, or was so before.
    Done,
    /// Not for us, and that is all right: counted.
    Skipped,
    /// It can never be handled by this program: it goes to the dead letters. The reason holds no personal data.
    Park(String),
}

/// Not now: the same batch is wanted again after a pause. The reason is logged and holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later(pub String);

/// Makes the effects of records. A record may come more than once.
pub trait Handler: Send + Sync + 'static {
    /// Handles a batch: one verdict for each record, in the order of the batch. Records of one partition are in order.
    ///
    /// A panic costs the service nothing but the record that it came with: the batch is handed in again, one record
    /// at a time, and the culprit is parked.
    fn handle(&self, batch: &[Received]) -> impl Future<Output = Result<Vec<Verdict>, Later>> + Send;
}

/// What to consume.
#[derive(Debug, Clone, Copy)]
pub struct ConsumerSpec {
    /// The consumer group, without the prefix.
    pub group: &'static str,
    /// Our names of the topics, without the prefix.
    pub topics: &'static [&'static str],
    /// Records in one batch at most, 1 or more.
    pub batch: usize,
}
