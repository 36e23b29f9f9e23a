//! How everything but the hot path reaches the database.
//!
//! Work runs in a task of its own on the main runtime, never in a request's future: a client that hangs up would drop
//! that in mid-transaction. A deadline stands outside the task, since a frozen server answers nothing at all.

use std::future::Future;
use std::time::Duration;

use lifecycle::Spawner;
use sqlx::{PgPool, PgTransaction};
use tokio::time::timeout;

use crate::error::Error;

/// A visitor waits no longer than this.
const DEADLINE: Duration = Duration::from_millis(2500);
/// A timer's work, or an operator's, may take longer, but not for ever.
const LONG_DEADLINE: Duration = Duration::from_secs(30);

/// The pool, and where its tasks run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    spawner: Spawner,
}

impl Database {
    /// Works on this pool, which belongs to the spawner's runtime.
    #[must_use]
    pub fn new(pool: PgPool, spawner: Spawner) -> Self {
        Self { pool, spawner }
    }

    /// The pool itself, for work that already runs on the main runtime.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Where short tasks run.
    #[must_use]
    pub fn spawner(&self) -> &Spawner {
        &self.spawner
    }

    /// Begins a transaction. Only inside of [`Database::run`] or on the main runtime.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(&self) -> Result<PgTransaction<'static>, Error> {
        Ok(self.pool.begin().await?)
    }

    /// Runs work in a task of its own and waits for it, for at most 2.5 s.
    ///
    /// # Errors
    /// What the work says; [`Error::OutcomeUnknown`] if it took too long: it was cut off then.
    pub async fn run<T, Work>(&self, work: Work) -> Result<T, Error>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T, Error>> + Send + 'static,
    {
        self.run_within(DEADLINE, work).await
    }

    /// As [`Database::run`], for at most 30 s.
    ///
    /// # Errors
    /// As [`Database::run`].
    pub async fn run_long<T, Work>(&self, work: Work) -> Result<T, Error>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T, Error>> + Send + 'static,
    {
        self.run_within(LONG_DEADLINE, work).await
    }

    async fn run_within<T, Work>(&self, deadline: Duration, work: Work) -> Result<T, Error>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let bounded = async move {
            timeout(deadline, work)
                .await
                .unwrap_or(Err(Error::OutcomeUnknown))
        };
        self.spawner.spawn(bounded).await.unwrap_or(Err(Error::Died))
    }
}
