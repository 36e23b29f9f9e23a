//! What commands work with. Cheap to clone.

use std::sync::Arc;

use contracts::SubjectKey;
use lifecycle::Spawner;
use outbox::Wake;
use postgres::ServerClock;
use settings::RepublishSchedule;
use url::Url;

use crate::domain::links::Links;
use crate::metrics::Metrics;
use crate::store::Database;
use crate::store::campaign_cache::CampaignCache;
use crate::store::signup_queue::SignupQueue;

/// Everything that a command needs.
#[derive(Debug, Clone)]
pub struct State {
    pub rules: Arc<Rules>,
    /// For work that somebody waits for.
    pub database: Database,
    /// The same database for work of timers, consumers and operators, which may take longer.
    pub background: Database,
    /// Its time, for what is compared with it or with what other replicas stamp.
    pub clock: ServerClock,
    /// Runs what nobody waits for.
    pub spawner: Spawner,
    pub campaigns: CampaignCache,
    /// The way to the batch writer.
    pub signups: SignupQueue,
    /// Call it after a commit that appended events.
    pub wake: Wake,
    pub metrics: Metrics,
}

/// What does not change while the process runs.
#[derive(Debug)]
pub struct Rules {
    pub subject_key: SubjectKey,
    pub links: Links,
    /// Where this service's pages are, as visitors see it. Ends with a slash.
    pub public_url: Url,
    /// Where visitors ask questions.
    pub contact_url: Url,
    pub republish: RepublishSchedule,
}
