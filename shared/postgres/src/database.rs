//! How a transaction is run: in a task of its own, to its end, with an end to it.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use futures_util::future::BoxFuture;
use lifecycle::Spawner;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{Instant, timeout_at};

use crate::pool::ping;

/// The database of a service whose commands fail with `E`. Cheap to clone.
pub struct Database<E> {
    pool: PgPool,
    spawner: Spawner,
    limit: Duration,
    error: PhantomData<fn() -> E>,
}

/// Why nobody knows what became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// The database did not answer in time. To try again is safe only for what is idempotent.
    #[error("the database did not answer in time")]
    TooLate,
    /// The task panicked or was ended: a mistake in the program, or the end of it.
    #[error("a task of this program died")]
    Died,
}

/// What is done in a transaction.
pub type Work<'c, T, E> = BoxFuture<'c, Result<T, E>>;

impl<E> Database<E>
where
    E: From<sqlx::Error> + From<Unknown> + Send + 'static,
{
    /// A database behind this pool; its work runs as tasks of this spawner, each for `limit` at most: less than whoever
    /// waits for an answer does.
    #[must_use]
    pub fn new(pool: PgPool, spawner: Spawner, limit: Duration) -> Self {
        Self {
            pool,
            spawner,
            limit,
            error: PhantomData,
        }
    }

    /// Whether the database answers and can be written to.
    pub async fn is_ready(&self) -> bool {
        ping(&self.pool).await
    }

    /// Runs `work` in one transaction and commits it if it succeeds. It goes on if the caller is dropped, as actix
    /// does when a client hangs up: a connection is never left in the middle of a transaction. A connection that did
    /// not answer in time is closed.
    ///
    /// # Errors
    /// What `work` says, `sqlx::Error::PoolTimedOut` when there is no connection, [`Unknown`]; within the limit.
    pub async fn transaction<T, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T, E> + Send + 'static,
    {
        let deadline = Instant::now() + self.limit;
        let task = self.spawner.spawn(bounded(self.pool.clone(), deadline, work));
        task.await.map_err(|_| Unknown::Died)?
    }
}

impl<E> Clone for Database<E> {
    fn clone(&self) -> Self {
        let (pool, spawner) = (self.pool.clone(), self.spawner.clone());
        Self {
            pool,
            spawner,
            limit: self.limit,
            error: PhantomData,
        }
    }
}

impl<E> fmt::Debug for Database<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

async fn bounded<T, E, F>(pool: PgPool, deadline: Instant, work: F) -> Result<T, E>
where
    E: From<sqlx::Error> + From<Unknown>,
    F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T, E>,
{
    let acquired = timeout_at(deadline, pool.acquire()).await;
    let mut connection = acquired.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
    let Ok(outcome) = timeout_at(deadline, committed(&mut connection, work)).await else {
        // Nobody knows what it will answer, and when: it must not go back to the pool.
        drop(connection.detach());
        return Err(Unknown::TooLate.into());
    };
    outcome
}

async fn committed<T, E, F>(connection: &mut PgConnection, work: F) -> Result<T, E>
where
    E: From<sqlx::Error>,
    F: for<'c> FnOnce(&'c mut PgConnection) -> Work<'c, T, E>,
{
    let mut transaction = connection.begin().await?;
    let value = work(&mut transaction).await?;
    transaction.commit().await?;
    Ok(value)
}
