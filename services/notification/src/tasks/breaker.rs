//! The circuit that all workers share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use prometheus::IntGauge;
use tokio::sync::Notify;

use crate::domain::attempt::Outcome;
use crate::domain::circuit::Circuit;

/// Whether mails may set out. Clones share it.
#[derive(Debug, Clone)]
pub struct Breaker {
    circuit: Arc<Mutex<Circuit>>,
    senders: Arc<Notify>,
    is_open: IntGauge,
}

impl Breaker {
    /// Closed. Wakes `senders` when it closes again, and shows itself by the gauge.
    #[must_use]
    pub fn new(senders: Arc<Notify>, is_open: IntGauge) -> Self {
        Self {
            circuit: Arc::default(),
            senders,
            is_open,
        }
    }

    /// How many of `wanted` mails may set out now.
    pub(super) fn allows(&self, wanted: usize) -> usize {
        self.with(|circuit| circuit.allows(wanted, Instant::now()))
    }

    /// A mail has set out; its outcome is known by `until`.
    pub(super) fn set_out(&self, until: Instant) {
        self.with(|circuit| circuit.set_out(until));
    }

    /// When it is worth asking again.
    pub(super) fn pause_ends(&self) -> Option<Instant> {
        self.with(|circuit| circuit.pause_ends())
    }

    /// An attempt has come to its end.
    pub(super) fn note(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Accepted(_) | Outcome::Deferred(_) | Outcome::Refused(_) => self.answered(),
            Outcome::RelayFault(reply) => self.failed(reply.as_ref().map(|reply| reply.code)),
            Outcome::Unanswered | Outcome::Postponed | Outcome::Suppressed | Outcome::Unsendable(_) => {}
        }
    }

    fn answered(&self) {
        if self.with(Circuit::answered) {
            tracing::info!("the relay works again");
            self.is_open.set(0);
            self.senders.notify_one();
        }
    }

    fn failed(&self, reply_code: Option<u16>) {
        if self.with(|circuit| circuit.failed(Instant::now())) {
            tracing::warn!(
                reply_code,
                "the relay is at fault: mails wait, their attempts are not counted"
            );
            self.is_open.set(1);
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Circuit) -> T) -> T {
        work(&mut self.circuit.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
