//! What commands work with. Cheap to clone.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::SubjectKey;
use outbox::Wake;
use tokio::sync::Notify;

use crate::domain::bounce_address::BounceKey;
use crate::domain::provider::Providers;
use crate::metrics::Metrics;
use crate::store::Database;

/// Everything that a command needs.
#[derive(Debug, Clone)]
pub struct State {
    pub rules: Arc<Rules>,
    pub database: Database,
    /// Call it after a commit that appended events.
    pub wake: Wake,
    /// Call it after a commit that made mails due.
    pub senders: Arc<Notify>,
    pub metrics: Metrics,
    pub subscription: Subscription,
}

/// The URL by which SNS wants its last subscription confirmed. It holds a token, so no log may have it.
#[derive(Clone, Default)]
pub struct Subscription(Arc<Mutex<Option<String>>>);

impl Subscription {
    /// Keeps the URL until the next one, or until the process ends: SNS asks again when it is told to.
    pub fn keep(&self, url: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(url);
    }

    /// The last URL, if one came.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription(…)")
    }
}

/// What does not change while the program runs.
#[derive(Debug)]
pub struct Rules {
    pub subject_key: SubjectKey,
    /// How long the ledger knows an event. An older event could be a repetition that it has forgotten.
    pub retention: Duration,
    pub bounces: BounceRules,
}

/// Which reports on our mails are believed.
#[derive(Debug)]
pub struct BounceRules {
    pub key: BounceKey,
    /// Of our Message-IDs.
    pub domain: String,
    pub providers: Providers,
}
