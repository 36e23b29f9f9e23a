//! Reads what only the database knows into the metrics, and its time into the clock.

use postgres::ServerClock;
use sqlx::PgConnection;

use crate::domain::delivery::Delivery;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::state::State;
use crate::store::{erased_people, offers, requests};

/// Measures the clock, and sets the gauges: held and stuck requests, unconfirmed erasures and offers, the clock's skew.
///
/// # Errors
/// The database is not available.
pub async fn measure(state: &State) -> Result<(), Error> {
    let (clock, metrics) = (state.clock.clone(), state.metrics.clone());
    state
        .background
        .transaction(move |connection| Box::pin(async move { read(connection, &clock, &metrics).await }))
        .await
}

async fn read(connection: &mut PgConnection, clock: &ServerClock, metrics: &Metrics) -> Result<(), Error> {
    clock.measure(connection).await?;
    metrics.clock_skew.set(clock.offset().as_seconds_f64());
    for delivery in [Delivery::Held, Delivery::Stuck] {
        let count = requests::count(connection, delivery).await?;
        metrics
            .requests
            .with_label_values(&[delivery.as_str()])
            .set(count);
    }
    metrics
        .erasures_unconfirmed
        .set(erased_people::count_unconfirmed(connection).await?);
    metrics
        .offers_unconfirmed
        .set(offers::count_unconfirmed(connection).await?);
    Ok(())
}
