//! What commands work with. Cheap to clone.

use std::sync::Arc;
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
