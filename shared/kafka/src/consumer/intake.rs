//! What lies between the thread that polls and the task that handles: a bounded queue of records in one direction,
//! offsets to commit in the other. A revocation of partitions is decided here, under one lock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::Received;

/// Bytes that may wait here; librdkafka holds as many of its own.
const MAX_BYTES: usize = 1024 * 1024;

/// The next offset to read, by topic and partition.
pub(super) type Offsets = BTreeMap<String, BTreeMap<i32, i64>>;

/// The queue of one consumer.
pub(super) struct Intake {
    max_records: usize,
    state: Mutex<State>,
    /// Room was made, or the batch under way came to its end.
    drained: Condvar,
    /// Records arrived, or the phase changed.
    changed: Notify,
}

#[derive(Default)]
struct State {
    records: VecDeque<Received>,
    bytes: usize,
    phase: Phase,
    /// Counts the assignments: what was taken under an earlier one is not committed.
    assignment: u64,
    in_flight: bool,
    handled: Offsets,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    /// The partitions are about to go: nothing new is begun.
    Revoking,
    Closed,
}

impl Intake {
    /// A queue for batches of this size, one waiting while another is handled.
    pub(super) fn new(batch: usize) -> Arc<Self> {
        Arc::new(Self {
            max_records: batch.saturating_mul(2).max(2),
            state: Mutex::default(),
            drained: Condvar::new(),
            changed: Notify::new(),
        })
    }

    /// Puts a record in; whoever polls looks for room before the next one.
    pub(super) fn put(&self, record: Received) {
        let mut state = self.lock();
        state.bytes += record.size();
        state.records.push_back(record);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Waits for room, but not longer than `patience`.
    pub(super) fn has_room(&self, patience: Duration) -> bool {
        let full = |state: &mut State| state.phase == Phase::Open && self.is_full(state);
        let waited = self.drained.wait_timeout_while(self.lock(), patience, full);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !self.is_full(&state)
    }

    /// What was handled since the last call.
    pub(super) fn take_handled(&self) -> Offsets {
        std::mem::take(&mut self.lock().handled)
    }

    /// The partitions go to somebody else: forgets the records that wait, lets the batch under way come to its end if
    /// it does so within `patience`, and returns what was handled. A batch that ends later leaves no offsets.
    pub(super) fn revoke(&self, patience: Duration) -> Offsets {
        let mut state = self.lock();
        state.forget_records();
        state.enter(Phase::Revoking);
        self.changed.notify_waiters();
        let busy = |state: &mut State| state.in_flight;
        let waited = self.drained.wait_timeout_while(state, patience, busy);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.assignment += 1;
        state.enter(Phase::Open);
        std::mem::take(&mut state.handled)
    }

    /// Counts the revocations, so that a pause of the partitions is known to have ended with them.
    pub(super) fn assignment(&self) -> u64 {
        self.lock().assignment
    }

    /// Ends it: no more batches.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.forget_records();
        state.enter(Phase::Closed);
        drop(state);
        self.drained.notify_all();
        self.changed.notify_waiters();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().phase == Phase::Closed
    }

    /// Waits for records and takes at most `max` of them; `None` once closed.
    pub(super) async fn next_batch(self: &Arc<Self>, max: usize) -> Option<Batch> {
        self.when(|state| match state.phase {
            Phase::Closed => Some(None),
            Phase::Open if !state.records.is_empty() => Some(Some(state.take(max))),
            Phase::Open | Phase::Revoking => None,
        })
        .await
        .map(|(records, assignment)| {
            self.drained.notify_all();
            Batch {
                intake: Arc::clone(self),
                records,
                assignment,
            }
        })
    }

    /// Waits until an answer can be given, and gives it.
    async fn when<T>(&self, mut answer: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(answer) = answer(&mut self.lock()) {
                return answer;
            }
            changed.await;
        }
    }

    fn is_full(&self, state: &State) -> bool {
        state.records.len() >= self.max_records || state.bytes >= MAX_BYTES
    }

    /// A panic under this lock is impossible but for lack of memory, and leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget_records(&mut self) {
        self.records.clear();
        self.bytes = 0;
    }

    /// Closed stays closed.
    fn enter(&mut self, phase: Phase) {
        if self.phase != Phase::Closed {
            self.phase = phase;
        }
    }

    fn take(&mut self, max: usize) -> (Vec<Received>, u64) {
        let count = self.records.len().min(max.max(1));
        let records: Vec<Received> = self.records.drain(..count).collect();
        self.bytes -= records.iter().map(Received::size).sum::<usize>();
        self.in_flight = true;
        (records, self.assignment)
    }
}

/// Records under way. Dropped without [`Batch::handled`], it leaves no trace: they come again.
pub(super) struct Batch {
    intake: Arc<Intake>,
    records: Vec<Received>,
    assignment: u64,
}

impl Batch {
    pub(super) fn records(&self) -> &[Received] {
        &self.records
    }

    /// Waits until these records are wanted no more: their partitions go, or the consumer ends.
    pub(super) async fn unwanted(&self) {
        let assignment = self.assignment;
        self.intake
            .when(|state| (state.phase != Phase::Open || state.assignment != assignment).then_some(()))
            .await;
    }

    /// All their effects are durable: their offsets may be committed, unless the partitions are gone.
    pub(super) fn handled(self) {
        self.note_offsets();
    }

    pub(super) fn note_offsets(&self) {
        let mut state = self.intake.lock();
        if state.assignment != self.assignment {
            return;
        }
        for record in &self.records {
            let next = record.offset + 1;
            match state.handled.get_mut(&record.topic) {
                Some(partitions) => drop(partitions.insert(record.partition, next)),
                None => {
                    let partitions = BTreeMap::from([(record.partition, next)]);
                    state.handled.insert(record.topic.clone(), partitions);
                }
            }
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.intake.lock().in_flight = false;
        self.intake.drained.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(partition: i32, offset: i64) -> Received {
        Received {
            topic: "signup.events".to_owned(),
            partition,
            offset,
            timestamp: None,
            key: None,
            headers: Vec::new(),
            payload: Some(vec![0; 10]),
        }
    }

    fn offsets(pairs: &[(i32, i64)]) -> Offsets {
        BTreeMap::from([("signup.events".to_owned(), pairs.iter().copied().collect())])
    }

    #[tokio::test]
    async fn a_handled_batch_leaves_the_offset_after_the_last_record_of_each_partition() {
        let intake = Intake::new(10);
        for record in [record(0, 4), record(1, 9), record(0, 5)] {
            intake.put(record);
        }
        intake.next_batch(10).await.unwrap().handled();
        assert_eq!(intake.take_handled(), offsets(&[(0, 6), (1, 10)]));
        assert!(intake.take_handled().is_empty());
    }

    #[tokio::test]
    async fn a_batch_that_is_dropped_leaves_no_offset() {
        let intake = Intake::new(10);
        intake.put(record(0, 4));
        drop(intake.next_batch(10).await);
        assert!(intake.take_handled().is_empty());
    }

    #[tokio::test]
    async fn a_batch_that_ends_after_its_partitions_went_leaves_no_offset() {
        let intake = Intake::new(10);
        intake.put(record(0, 4));
        let batch = intake.next_batch(10).await.unwrap();
        assert!(intake.revoke(Duration::ZERO).is_empty());
        batch.handled();
        assert!(intake.take_handled().is_empty());
    }

    #[tokio::test]
    async fn a_revocation_waits_for_the_batch_under_way_and_takes_its_offsets() {
        let intake = Intake::new(10);
        intake.put(record(0, 4));
        let batch = intake.next_batch(10).await.unwrap();
        let revoker = std::thread::spawn({
            let intake = Arc::clone(&intake);
            move || intake.revoke(Duration::from_secs(60))
        });
        batch.unwanted().await;
        batch.handled();
        assert_eq!(revoker.join().unwrap(), offsets(&[(0, 5)]));
    }

    #[tokio::test]
    async fn a_revocation_forgets_the_records_that_wait() {
        let intake = Intake::new(10);
        intake.put(record(0, 4));
        intake.revoke(Duration::ZERO);
        intake.put(record(3, 7));
        let batch = intake.next_batch(10).await.unwrap();
        assert_eq!(batch.records(), [record(3, 7)]);
    }

    #[test]
    fn a_full_queue_has_no_room_until_a_batch_is_taken() {
        let intake = Intake::new(1);
        intake.put(record(0, 0));
        assert!(intake.has_room(Duration::ZERO));
        intake.put(record(0, 1));
        assert!(!intake.has_room(Duration::ZERO));
        intake.lock().take(1);
        assert!(intake.has_room(Duration::ZERO));
    }

    #[test]
    fn few_large_records_fill_the_queue_too() {
        let intake = Intake::new(1000);
        let mut large = record(0, 0);
        large.payload = Some(vec![0; MAX_BYTES]);
        intake.put(large);
        assert!(!intake.has_room(Duration::ZERO));
    }

    #[tokio::test]
    async fn a_closed_queue_hands_out_nothing() {
        let intake = Intake::new(10);
        intake.put(record(0, 0));
        intake.close();
        assert!(intake.next_batch(10).await.is_none());
    }
}
