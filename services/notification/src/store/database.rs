//! How a transaction is run: to its end, with an end to it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use lifecycle::Spawner;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{Instant, timeout_at};

use crate::error::Error;

/// More than a batch of events needs, less than what makes a consumer's group give up on its member.
const LIMIT: Duration = Duration::from_secs(4);

/// The database of this service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    spawner: Spawner,
}

/// What is done in a transaction.
pub type Work<'c, T> = BoxFuture<'c, Result<T, Error>>;

impl Database {
    /// A database behind this pool; its work runs as tasks of this spawner.
    #[must_use]
    pub fn new(pool: PgPool, spawner: Spawner) -> Self {
        Self { pool, spawner }
    }

    /// Whether the database answers and can be written to.
    pub async fn is_ready(&self) -> bool {
        postgres::ping(&self.pool).await
    }

    /// Runs `work` in one transaction and commits it if it succeeds.
    ///
    /// It goes on if the caller is dropped: a connection is never left in the middle of a transaction. A connection
    /// that did not answer in time is closed.
    ///
    /// # Errors
    /// What `work` says; [`Error::Unavailable`] and [`Error::OutcomeUnknown`] within 4 s.
    pub async fn transaction<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T> + Send + 'static,
    {
        let task = self.spawner.spawn(bounded(self.pool.clone(), work));
        task.await.map_err(|_| Error::Died)?
    }
}

async fn bounded<T, F>(pool: PgPool, work: F) -> Result<T, Error>
where
    F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T>,
{
    let deadline = Instant::now() + LIMIT;
    let mut connection = timeout_at(deadline, pool.acquire())
        .await
        .map_err(|_| Error::Unavailable(sqlx::Error::PoolTimedOut))??;
    let Ok(outcome) = timeout_at(deadline, committed(&mut connection, work)).await else {
        // Nobody knows what it will answer, and when: it must not go back to the pool.
        drop(connection.detach());
        return Err(Error::OutcomeUnknown);
    };
    outcome
}

async fn committed<T, F>(connection: &mut PgConnection, work: F) -> Result<T, Error>
where
    F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T>,
{
    let mut transaction = connection.begin().await?;
    let value = work(&mut transaction).await?;
    transaction.commit().await?;
    Ok(value)
}
