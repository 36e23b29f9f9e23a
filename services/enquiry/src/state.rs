//! What commands work with. Cheap to clone.

use std::sync::Arc;

use contracts::SubjectKey;
use outbox::Wake;
use settings::RepublishSchedule;

use crate::domain::route::RoutingTable;
use crate::metrics::Metrics;
use crate::store::Database;

/// Everything that a command needs.
#[derive(Debug, Clone)]
pub struct State {
    pub rules: Arc<Rules>,
    pub database: Database,
    /// Call it after a commit that appended events.
    pub wake: Wake,
    pub metrics: Metrics,
}

/// What does not change while the program runs.
#[derive(Debug)]
pub struct Rules {
    pub subject_key: SubjectKey,
    pub table: RoutingTable,
    pub republish: RepublishSchedule,
}
