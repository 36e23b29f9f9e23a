//! What the writer's statements said about the entries of a batch.

use std::collections::HashMap;

use contracts::KeyHash;
use uuid::Uuid;

use crate::domain::delivery::Delivery;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::store::signup_row::SignupRow;
use crate::store::write_signups::{KnownKey, Written};

/// Which signups were written, and what is known under the keys of the others.
#[derive(Debug)]
pub(super) struct Answers {
    written: HashMap<Uuid, Delivery>,
    known: HashMap<KeyHash, KnownKey>,
}

impl Answers {
    /// What the first statement said.
    pub(super) fn of_written(written: &[Written]) -> Self {
        Self {
            written: written.iter().map(|row| (row.id, row.delivery)).collect(),
            known: HashMap::new(),
        }
    }

    /// The keys of the rows that were not written: they came before.
    pub(super) fn keys_that_came_before(&self, rows: &[&SignupRow]) -> Vec<KeyHash> {
        let repeated = rows.iter().filter(|row| !self.written.contains_key(&row.id));
        repeated
            .filter_map(|row| row.idempotency.map(|sent| sent.key))
            .collect()
    }

    /// What the second statement said.
    pub(super) fn add_known(&mut self, known: Vec<KnownKey>) {
        self.known = known.into_iter().map(|known| (known.key, known)).collect();
    }

    /// The answer to one row. A key that came before and is gone now was erased meanwhile: the next try is fresh.
    pub(super) fn of(&self, row: &SignupRow, metrics: &Metrics) -> Result<Uuid, Error> {
        if let Some(delivery) = self.written.get(&row.id) {
            metrics.signups.written(*delivery).inc();
            return Ok(row.id);
        }
        let sent = row.idempotency.ok_or(Error::OutcomeUnknown)?;
        let known = self.known.get(&sent.key).ok_or(Error::OutcomeUnknown)?;
        if known.fingerprint != sent.fingerprint {
            metrics.signups.key_reused.inc();
            return Err(Error::IdempotencyKeyReused);
        }
        metrics.signups.repeated.inc();
        Ok(known.signup)
    }
}
