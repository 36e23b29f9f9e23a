//! Hears what other replicas ring after their commits. Lost rings cost a second: the publisher looks by itself.

use std::convert::Infallible;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::Notify;

use crate::store::CHANNEL;

const RECONNECT_PAUSE: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Passes on every ring, for as long as it is polled.
pub(crate) async fn listen(options: PgConnectOptions, rung: &Notify) -> Infallible {
    loop {
        let Err(error) = hear(options.clone(), rung).await;
        tracing::debug!(%error, "the outbox does not hear other replicas");
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

async fn hear(options: PgConnectOptions, rung: &Notify) -> Result<Infallible, sqlx::Error> {
    // A listener wants a pool, for the sake of its reconnections.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(CONNECT_TIMEOUT)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        listener.recv().await?;
        rung.notify_one();
    }
}
