//! The bounded queue between the routes and the batch writer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

use crate::error::Error;
use crate::metrics::Metrics;
use crate::store::signup_row::SignupRow;

/// The writer takes no entry that is older: whoever waits for it is about to give up.
pub(super) const ENTRY_MAX_AGE: Duration = Duration::from_secs(1);
/// The writer answers every entry that it took within this time.
pub(super) const WRITE_DEADLINE: Duration = Duration::from_millis(1500);
/// Both together, and some time to be woken. So an entry whose waiter has given up was never taken, or is done.
const WAIT_MAX: Duration = Duration::from_millis(2800);

/// How much may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    pub entries: usize,
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            entries: 4096,
            bytes: 16 * 1024 * 1024,
        }
    }
}

/// A signup that waits to be written, and who waits for the answer.
#[derive(Debug)]
pub(super) struct Entry {
    pub row: SignupRow,
    pub queued: Instant,
    pub answer: oneshot::Sender<Result<Uuid, Error>>,
    _room: OwnedSemaphorePermit,
}

impl Entry {
    pub(super) fn is_too_old(&self) -> bool {
        self.queued.elapsed() > ENTRY_MAX_AGE
    }

    /// Tells the waiter, if there still is one.
    pub(super) fn reply(self, answer: Result<Uuid, Error>) {
        let _ = self.answer.send(answer);
    }
}

/// The way to the writer. Cheap to clone, usable from any runtime.
#[derive(Debug, Clone)]
pub struct SignupQueue {
    entries: mpsc::Sender<Entry>,
    room: Arc<Semaphore>,
    metrics: Metrics,
}

/// A queue, and the end of it that the writer drains.
pub(super) fn queue(limits: QueueLimits, metrics: Metrics) -> (SignupQueue, mpsc::Receiver<Entry>) {
    let (entries, receiver) = mpsc::channel(limits.entries);
    let room = Arc::new(Semaphore::new(limits.bytes.min(Semaphore::MAX_PERMITS)));
    (
        SignupQueue {
            entries,
            room,
            metrics,
        },
        receiver,
    )
}

impl SignupQueue {
    /// Hands a signup to the writer and waits until it is durable. The answer is the id under which it is: another
    /// one than the row's if its idempotency key came before.
    ///
    /// # Errors
    /// [`Error::Busy`] if it was not written, [`Error::OutcomeUnknown`] if that is not known, and what the database says.
    pub async fn submit(&self, row: SignupRow) -> Result<Uuid, Error> {
        #[cfg(feature = "broken")]
        if broken::by(broken::Break::ReplyBeforeCommit) {
            let id = row.id;
            return self.push(row).map(|_answer| id);
        }
        let waiting = self.push(row)?;
        match timeout(WAIT_MAX, waiting).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(Error::OutcomeUnknown),
        }
    }

    fn push(&self, row: SignupRow) -> Result<oneshot::Receiver<Result<Uuid, Error>>, Error> {
        let bytes = u32::try_from(row.bytes()).map_err(|_| Error::Busy)?;
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(bytes)
            .map_err(|_| self.full())?;
        let (answer, waiting) = oneshot::channel();
        let entry = Entry {
            row,
            queued: Instant::now(),
            answer,
            _room: room,
        };
        self.entries.try_send(entry).map_err(|_| self.full())?;
        self.metrics.queue_entries.inc();
        Ok(waiting)
    }

    fn full(&self) -> Error {
        self.metrics.signups.busy.inc();
        Error::Busy
    }
}
